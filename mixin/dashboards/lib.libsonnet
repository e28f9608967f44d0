// Builders of classic Grafana dashboards: colours, panels, tables, layout. Nothing here knows a metric.
//
// One meaning a colour, in every panel: red is broken, orange a warning, green fine, blue a number without a verdict, grey not
// known. Each state has a text as well.
local colour = {
  bad: 'red',
  warning: 'orange',
  good: 'green',
  plain: 'blue',
  unknown: '#8D96A3',
};

local datasource = { type: 'prometheus', uid: '${datasource}' };

local letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

{
  colour:: colour,
  datasource:: datasource,

  // --- Values ---

  // states({'1': ['passes', 'good']}): text and colour of each value.
  states(table):: [{
    type: 'value',
    options: {
      [value]: { text: table[value][0], color: colour[table[value][1]], index: 0 }
      for value in std.objectFields(table)
    },
  }],

  // steps('good', [[1, 'bad']]): the colour below the first number, then from each number on. What is no number is grey.
  steps(first, rest=[]):: {
    mode: 'absolute',
    steps: [{ color: colour.unknown, value: null }] + [{ color: colour[s[1]], value: s[0] } for s in [[-1e9, first]] + rest],
  },

  fixed(name):: { mode: 'fixed', fixedColor: std.get(colour, name, name) },

  // An override of one field, by the name that is shown.
  override(name, properties):: {
    matcher: { id: 'byName', options: name },
    properties: [{ id: id, value: properties[id] } for id in std.objectFields(properties)],
  },

  // --- Queries ---

  range(expr, legend=''):: {
    datasource: datasource,
    expr: expr,
    legendFormat: legend,
    range: true,
    instant: false,
    format: 'time_series',
    editorMode: 'code',
  },
  instant(expr, legend=''):: $.range(expr, legend) { range: false, instant: true },
  rows(expr):: $.instant(expr) { format: 'table' },
  buckets(expr):: $.range(expr, '{{le}}') { format: 'heatmap' },

  // --- Panels ---

  panel(type, title, description, targets):: {
    type: type,
    title: title,
    description: description,
    datasource: datasource,
    targets: std.mapWithIndex(function(i, t) t { refId: letters[i] }, targets),
    fieldConfig: { defaults: {}, overrides: [] },
    options: {},
  },

  // One number or word. `defaults` of the field: unit, mappings, thresholds, noValue, color.
  stat(title, description, targets, defaults, options={}):: $.panel('stat', title, description, targets) {
    fieldConfig: { defaults: { color: { mode: 'thresholds' }, thresholds: $.steps('plain'), unit: 'none' } + defaults, overrides: [] },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      textMode: 'auto',
      wideLayout: false,
    } + options,
  },

  // Of words, and of numbers beside them.
  wordSize:: 20,

  // A label as text: the value of the field `label` of an info family.
  label(title, description, expr, label, defaults, size=$.wordSize):: $.stat(title, description, [$.rows(expr)], { unit: 'string' } + defaults, {
    reduceOptions: { calcs: ['lastNotNull'], fields: '/^%s$/' % label, values: false },
    text: { valueSize: size },
  }),

  // A point in time as a distance from now.
  moment(title, description, expr, noValue):: $.stat(
    title,
    description,
    [$.instant('%s * 1000' % expr)],
    { unit: 'dateTimeFromNow', noValue: noValue },
    { text: { valueSize: $.wordSize } }
  ),

  timeseries(title, description, targets, defaults={}, custom={}, overrides=[], legend={}):: $.panel('timeseries', title, description, targets) {
    fieldConfig: {
      defaults: {
        unit: 'short',
        color: { mode: 'palette-classic' },
        min: 0,
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: 8,
          showPoints: 'never',
          spanNulls: false,
          axisSoftMin: 0,
        } + custom,
      } + defaults,
      overrides: overrides,
    },
    options: {
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] } + legend,
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  },

  // For what differs by orders of magnitude; with `min:: null` in the defaults.
  logarithmic:: { axisSoftMin:: null, scaleDistribution: { type: 'log', log: 10 } },

  stacked:: { stacking: { mode: 'normal', group: 'A' }, fillOpacity: 40, lineWidth: 1 },

  timeline(title, description, targets, mappings, noValue='not known'):: $.panel('state-timeline', title, description, targets) {
    fieldConfig: {
      defaults: {
        color: { mode: 'thresholds' },
        thresholds: $.steps('unknown'),
        mappings: mappings,
        noValue: noValue,
        custom: { fillOpacity: 75, lineWidth: 0, insertNulls: false, spanNulls: false },
      },
      overrides: [],
    },
    options: {
      mergeValues: true,
      showValue: 'auto',
      alignValue: 'left',
      rowHeight: 0.85,
      legend: { showLegend: false, displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'single', sort: 'none' },
    },
  },

  heatmap(title, description, expr, unit):: $.panel('heatmap', title, description, [$.buckets(expr)]) {
    fieldConfig: { defaults: { custom: { scaleDistribution: { type: 'linear' } } }, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      color: { mode: 'scheme', scheme: 'Oranges', steps: 64, exponent: 0.5, fill: 'dark-orange', reverse: false, scale: 'exponential' },
      filterValues: { le: 1e-9 },
      rowsFrame: { layout: 'auto' },
      legend: { show: true },
      tooltip: { mode: 'single', yHistogram: false, showColorScale: true },
      yAxis: { axisPlacement: 'left', reverse: false, unit: unit },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
    },
  },

  text(title, content):: {
    type: 'text',
    title: title,
    description: '',
    options: { mode: 'markdown', content: content },
  },

  // --- Tables ---

  // A column: `field` as the query names it (a label; Value, or Value #B with several queries), `name` as shown.
  column(field, name, properties={}):: { field: field, name: name, properties: properties },

  // Only the columns named are shown, in this order: no label appears because somebody added it to the scrape.
  table(title, description, targets, columns, sortBy, noValue='none', desc=true):: $.panel('table', title, description, targets) {
    local fields = [c.field for c in columns],
    // With several queries of which one answers, its field is called Value.
    local value = if std.member(fields, 'Value #A') then { Value: [c.name for c in columns if c.field == 'Value #A'][0] } else {},
    transformations:
      (if std.length(targets) > 1 then [{ id: 'merge', options: {} }] else []) + [
        { id: 'filterFieldsByName', options: { include: { names: fields + std.objectFields(value) } } },
        {
          id: 'organize',
          options: {
            excludeByName: {},
            indexByName: { [columns[i].field]: i for i in std.range(0, std.length(columns) - 1) } +
                         { [v]: std.find('Value #A', fields)[0] for v in std.objectFields(value) },
            renameByName: { [c.field]: c.name for c in columns } + value,
          },
        },
      ],
    fieldConfig: {
      defaults: {
        unit: 'none',
        noValue: noValue,
        color: { mode: 'thresholds' },
        thresholds: $.steps('plain'),
        custom: { align: 'auto', cellOptions: { type: 'auto' }, filterable: false, inspect: false },
      },
      // An empty cell is not the empty table; a label that looks like a number (an id, a serial) is none.
      overrides: [$.override(c.name, { noValue: '–' } + (if std.startsWith(c.field, 'Value') then {} else { unit: 'string' }) + c.properties) for c in columns],
    },
    options: {
      showHeader: true,
      cellHeight: 'sm',
      footer: { show: false, reducer: ['sum'], countRows: false, fields: '' },
      // More than one: later ones decide among equals, upwards.
      sortBy: std.mapWithIndex(
        function(i, name) { displayName: name, desc: i == 0 && desc },
        if std.isArray(sortBy) then sortBy else [sortBy]
      ),
    },
  },

  // A count for each value of one label, the largest first, with a bar.
  ranking(title, description, expr, column, counted, level, noValue='none'):: $.table(
    title,
    description,
    [$.rows(expr)],
    [
      column,
      $.column('Value', counted, {
        min: 0,
        decimals: 0,
        color: $.fixed(level),
        'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
      }),
    ],
    [counted, column.name],
    noValue
  ),

  coloured:: { 'custom.cellOptions': { type: 'color-text' } },
  state(table):: $.coloured { mappings: $.states(table), 'custom.align': 'left' },
  width(pixels):: { 'custom.width': pixels },

  // --- Dashboards ---

  // rows: [{title (of a row; none: no row), h, panels: [panel { w: 4 }]}] -> panels with ids and places.
  layout(rows)::
    local place(state, row) =
      local heading = if std.objectHas(row, 'title') then [{
        type: 'row',
        id: state.id,
        title: row.title,
        collapsed: false,
        panels: [],
        gridPos: { x: 0, y: state.y, w: 24, h: 1 },
      }] else [];
      local y = state.y + std.length(heading);
      local first = state.id + std.length(heading);
      local xs = std.foldl(function(all, p) all + [all[std.length(all) - 1] + p.w], row.panels, [0]);
      local placed = std.mapWithIndex(
        function(i, p) p { id: first + i, gridPos: { x: xs[i], y: y, w: p.w, h: row.h }, w:: p.w },
        row.panels
      );
      { id: first + std.length(placed), y: y + row.h, panels: state.panels + heading + placed };
    std.foldl(place, rows, { id: 1, y: 0, panels: [] }).panels,

  query(name, label, expr, properties={}):: {
    type: 'query',
    name: name,
    label: label,
    datasource: datasource,
    definition: expr,
    query: { query: expr, refId: 'Variable-%s' % name },
    refresh: 2,
    sort: 1,
    regex: '',
    hide: 0,
    skipUrlSync: false,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { selected: true, text: ['All'], value: ['$__all'] },
    options: [],
  } + properties,

  // One annotation for each value of `expr`, which is a point in time in milliseconds.
  event(name, expr, title, text, color, enable=true):: {
    name: name,
    datasource: datasource,
    enable: enable,
    hide: false,
    iconColor: color,
    expr: expr,
    step: '1m',
    titleFormat: title,
    textFormat: text,
    tagKeys: '',
    useValueForTime: 'on',
  },

  dashboard(config, uid, title, description, variables, rows, annotations):: {
    uid: uid,
    id: null,
    title: title,
    description: description,
    tags: [config.dashboards.tag],
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: config.dashboards.refresh,
    timezone: config.dashboards.timezone,
    time: { from: config.dashboards.from, to: 'now' },
    timepicker: {},
    fiscalYearStartMonth: 0,
    liveNow: false,
    weekStart: '',
    links: [{
      type: 'dashboards',
      title: 'MTA-STS',
      tags: [config.dashboards.tag],
      asDropdown: false,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
      icon: 'external link',
      tooltip: '',
      url: '',
    }],
    templating: {
      list: [
        {
          type: 'datasource',
          name: 'datasource',
          label: 'Data source',
          query: 'prometheus',
          refresh: 1,
          regex: '',
          hide: 0,
          multi: false,
          includeAll: false,
          skipUrlSync: false,
          current: {},
          options: [],
        },
        $.query('job', 'Job', 'label_values(mta_sts_exporter_build_info, job)'),
        $.query('instance', 'Instance', 'label_values(mta_sts_exporter_build_info{job=~"$job"}, instance)'),
      ] + variables,
    },
    annotations: {
      list: [
        {
          name: 'Annotations & Alerts',
          builtIn: 1,
          datasource: { type: 'grafana', uid: '-- Grafana --' },
          enable: false,
          hide: true,
          iconColor: 'rgba(0, 211, 255, 1)',
          type: 'dashboard',
        },
      ] + annotations,
    },
    panels: $.layout(rows),
  },
}
