// Stand-ins for Grafana's core panels, on Grafana's own published building blocks (@grafana/ui).
import React from 'react';
import {
  PanelPlugin,
  PanelProps,
  FieldType,
  getFieldDisplayValues,
  getDisplayProcessor,
  VizOrientation,
  FieldColorModeId,
  DataFrame,
  getFieldDisplayName,
  getDisplayValueAlignmentFactors,
  cacheFieldDisplayNames,
  renderMarkdown,
} from '@grafana/data';
import { BigValue, TimeSeries, VizRepeater, useTheme2, BarGauge } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { customFields } from './registries';

const graphDefaults = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 0,
  gradientMode: 'none',
  spanNulls: false,
  showPoints: 'auto',
  pointSize: 5,
  barAlignment: 0,
  barWidthFactor: 0.6,
  insertNulls: false,
  axisPlacement: 'auto',
  axisLabel: '',
  axisColorMode: 'text',
  axisBorderShow: false,
  axisGridShow: undefined,
  axisCenteredZero: false,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  axisWidth: undefined,
  scaleDistribution: { type: 'linear' },
  stacking: { mode: 'none', group: 'A' },
  thresholdsStyle: { mode: 'off' },
  hideFrom: { viz: false, tooltip: false, legend: false },
  lineStyle: undefined,
  fillBelowTo: undefined,
  lineColor: undefined,
  fillColor: undefined,
  pointColor: undefined,
  transform: undefined,
};
function graphable(series: DataFrame[], theme: any) {
  const out: DataFrame[] = [];
  let n = 0;
  for (const f of series) {
    const t = f.fields.find((x) => x.type === FieldType.time);
    const v = f.fields.filter((x) => x.type === FieldType.number || x.type === FieldType.boolean);
    if (!t || !v.length) continue;
    const vals = v.map((x) => ({
      ...x,
      values: x.values.map((y: any) => (y == null || !isFinite(y) ? null : +y)),
      config: x.config,
      state: { ...x.state, seriesIndex: n++ },
    }));
    vals.forEach((x: any) => {
      x.display = getDisplayProcessor({ field: x, theme });
    });
    out.push({ ...f, fields: [t, ...vals] as any });
  }
  return out;
}
// As Grafana's PanelDataErrorView: the panel's own words for nothing.
const NoData = ({ width, height, fieldConfig }: any) => (
  <div
    data-testid="panel-no-data"
    style={{
      width,
      height,
      display: 'flex',
      alignItems: 'center',
      justifyContent: 'center',
      opacity: 0.6,
      fontSize: 18,
    }}
  >
    {fieldConfig?.defaults?.noValue ?? 'No data'}
  </div>
);
const TimeSeriesPanel = (p: PanelProps<any>) => {
  const theme = useTheme2();
  const frames = React.useMemo(() => graphable(p.data.series, theme), [p.data.series, theme]);
  if (!frames.length) return <NoData {...p} />;
  return (
    <TimeSeries
      frames={frames}
      structureRev={p.data.structureRev}
      timeRange={p.timeRange}
      timeZone={p.timeZone}
      width={p.width}
      height={p.height}
      legend={p.options.legend}
      options={p.options}
    />
  );
};
const StatPanel = (p: PanelProps<any>) => {
  const theme = useTheme2();
  const o = p.options;
  const values = getFieldDisplayValues({
    fieldConfig: p.fieldConfig,
    reduceOptions: o.reduceOptions,
    replaceVariables: p.replaceVariables,
    theme,
    data: p.data.series,
    sparkline: o.graphMode !== 'none',
    timeZone: p.timeZone,
    percentChange: o.showPercentChange,
  } as any);
  if (!values.length) return <NoData {...p} />;
  return (
    <VizRepeater
      getValues={() => values as any}
      width={p.width}
      height={p.height}
      source={p.data}
      renderCounter={p.renderCounter}
      getAlignmentFactors={(vs: any) => getDisplayValueAlignmentFactors(vs)}
      autoGrid
      orientation={o.orientation as VizOrientation}
      renderValue={(v: any) => (
        <BigValue
          value={
            v.count === 1 && !['name', 'value_and_name'].includes(o.textMode)
              ? { ...v.value.display, title: undefined }
              : v.value.display
          }
          count={v.count}
          sparkline={o.graphMode !== 'none' ? v.value.sparkline : undefined}
          colorMode={o.colorMode}
          graphMode={o.graphMode}
          justifyMode={o.justifyMode}
          textMode={o.textMode ?? 'auto'}
          alignmentFactors={v.alignmentFactors}
          text={o.text}
          width={v.width}
          height={v.height}
          theme={theme}
        />
      )}
    />
  );
};
const TablePanel = (p: PanelProps<any>) => {
  const f = p.data.series[p.options.frameIndex ?? 0];
  if (!f || !f.length) return <NoData {...p} />;
  cacheFieldDisplayNames(p.data.series);
  return (
    <TableNG
      data={f}
      width={p.width}
      height={p.height}
      sortBy={p.options.sortBy}
      showTypeIcons={p.options.showTypeIcons}
      noHeader={!p.options.showHeader}
      cellHeight={p.options.cellHeight}
      structureRev={p.data.structureRev}
      timeRange={p.timeRange}
      fieldConfig={p.fieldConfig}
      enablePagination={p.options.enablePagination}
      resizable
    />
  );
};
const BarGaugePanel = (p: PanelProps<any>) => {
  const theme = useTheme2();
  const values = getFieldDisplayValues({
    fieldConfig: p.fieldConfig,
    reduceOptions: p.options.reduceOptions,
    replaceVariables: p.replaceVariables,
    theme,
    data: p.data.series,
    timeZone: p.timeZone,
  } as any);
  if (!p.data.series.length || !values.length) return <NoData {...p} />;
  return (
    <VizRepeater
      getValues={() => values as any}
      width={p.width}
      height={p.height}
      source={p.data}
      renderCounter={p.renderCounter}
      getAlignmentFactors={(vs: any) => getDisplayValueAlignmentFactors(vs)}
      orientation={p.options.orientation}
      renderValue={(v: any) => (
        <BarGauge
          value={v.value.display}
          width={v.width}
          height={v.height}
          field={v.value.field}
          display={v.value.view?.getFieldDisplayProcessor?.(v.value.colIndex)}
          theme={theme}
          orientation={v.orientation}
          displayMode={p.options.displayMode}
          namePlacement={p.options.namePlacement ?? 'auto'}
          valueDisplayMode={p.options.valueMode}
          text={p.options.text}
          itemSpacing={8}
          alignmentFactors={v.alignmentFactors}
          lcdCellWidth={12}
        />
      )}
    />
  );
};
// State timeline / status history: plain SVG over the field's own display processor (colours, mappings and units are Grafana's).
const States = (history: boolean) => (p: PanelProps<any>) => {
  const theme = useTheme2();
  const fr = graphable(p.data.series, theme);
  if (!fr.length) return <NoData {...p} />;
  const a = p.timeRange.from.valueOf(),
    b = p.timeRange.to.valueOf(),
    L = Math.min(180, p.width * 0.3),
    W = p.width - L - 8,
    H = p.height - 22,
    rh = H / fr.length,
    rowH = p.options.rowHeight ?? 0.9;
  const x = (t: number) => L + ((t - a) / (b - a)) * W;
  const ticks = [0, 1, 2, 3, 4].map((i) => a + ((b - a) * i) / 4);
  return (
    <svg width={p.width} height={p.height} style={{ font: '12px Inter, sans-serif' }} data-testid="states">
      {fr.map((f, r) => {
        const [t, v]: any[] = f.fields;
        const y = r * rh + (rh * (1 - rowH)) / 2;
        const segs: any[] = [];
        const ts: number[] = t.values;
        const gap = ts.length > 1 ? ts[1] - ts[0] : b - a;
        ts.forEach((tt, i) => {
          const val = v.values[i];
          if (val == null) return;
          const d = v.display(val);
          const last = segs[segs.length - 1];
          if (!history && last && last.text === d.text && last.color === d.color && tt - last.to <= gap * 1.5)
            last.to = tt + gap;
          else segs.push({ from: tt, to: tt + gap, text: d.text, color: d.color });
        });
        return (
          <g key={r}>
            <text x={L - 8} y={r * rh + rh / 2 + 4} textAnchor="end" fill={theme.colors.text.primary}>
              {getFieldDisplayName(v, f, p.data.series)}
            </text>
            {segs.map((s, i) => {
              const w = Math.max(1, x(Math.min(s.to, b)) - x(s.from) - (history ? 1 : 0));
              return (
                <g key={i}>
                  <rect
                    x={x(s.from)}
                    y={y}
                    width={w}
                    height={rh * rowH}
                    fill={s.color}
                    opacity={(v.config.custom?.fillOpacity ?? 70) / 100}
                    stroke={s.color}
                    strokeWidth={v.config.custom?.lineWidth ?? 0}
                  />
                  {w > s.text.length * 7 + 6 && p.options.showValue !== 'never' && !history ? (
                    <text x={x(s.from) + 5} y={y + (rh * rowH) / 2 + 4} fill={theme.colors.getContrastText(s.color)}>
                      {s.text}
                    </text>
                  ) : null}
                </g>
              );
            })}
          </g>
        );
      })}
      {ticks.map((t, i) => (
        <text
          key={i}
          x={x(t)}
          y={p.height - 4}
          textAnchor={i === 4 ? 'end' : 'middle'}
          fill={theme.colors.text.secondary}
        >
          {new Date(t).toISOString().slice(11, 19)}
        </text>
      ))}
    </svg>
  );
};

// Heatmap over Prometheus buckets (format "heatmap"): one row per le, colour by share of the largest cell.
const HeatmapPanel = (p: PanelProps<any>) => {
  const theme = useTheme2();
  const fr = graphable(p.data.series, theme);
  if (!fr.length) return <NoData {...p} />;
  const a = p.timeRange.from.valueOf(),
    b = p.timeRange.to.valueOf(),
    L = 60,
    W = p.width - L - 8,
    H = p.height - 22,
    rh = H / fr.length;
  const max = Math.max(...fr.flatMap((f) => (f.fields[1].values as any[]).map((v) => v ?? 0)), 1e-12);
  return (
    <svg width={p.width} height={p.height} style={{ font: '12px Inter, sans-serif' }} data-testid="heatmap">
      {fr.map((f, i) => {
        const y = H - (i + 1) * rh;
        const ts = f.fields[0].values as number[];
        const gap = ts.length > 1 ? ts[1] - ts[0] : b - a;
        const every = Math.ceil(16 / rh);
        return (
          <g key={i}>
            {i % every === 0 ? (
              <text x={L - 6} y={y + rh / 2 + 4} textAnchor="end" fill={theme.colors.text.primary}>
                {f.fields[1].config.displayNameFromDS ?? f.name}
              </text>
            ) : null}
            {ts.map((t, k) => {
              const v = f.fields[1].values[k];
              return v > 0 ? (
                <rect
                  key={k}
                  x={L + ((t - a) / (b - a)) * W}
                  y={y}
                  width={Math.max(1, (gap / (b - a)) * W)}
                  height={rh - 0.5}
                  fill={`rgba(255,120,30,${0.1 + 0.9 * (v / max)})`}
                />
              ) : null;
            })}
          </g>
        );
      })}
    </svg>
  );
};
const withDefaults = (c: any, opts: any, custom: Record<string, any> = {}, std: any = {}) => {
  const p = new PanelPlugin<any>(c);
  (p as any)._defaults = opts;
  customFields(p, custom, std);
  p.setPanelOptions((b: any) => {
    for (const [k, v] of Object.entries(opts))
      b.addCustomEditor({ id: k, path: k, name: k, editor: () => null, defaultValue: v });
  });
  return p;
};
const thr = { color: { defaultValue: { mode: FieldColorModeId.Thresholds } } };
const reduce = { reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' }, orientation: 'auto' };
export const panels: Record<string, PanelPlugin<any>> = {
  timeseries: withDefaults(
    TimeSeriesPanel,
    {
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'single', sort: 'none' },
    },
    graphDefaults,
  ),
  stat: withDefaults(
    StatPanel,
    { ...reduce, colorMode: 'value', graphMode: 'area', justifyMode: 'auto', textMode: 'auto' },
    {},
    thr,
  ),
  table: withDefaults(
    TablePanel,
    { frameIndex: 0, showHeader: true, cellHeight: 'sm', showTypeIcons: false },
    {
      width: undefined,
      minWidth: undefined,
      align: 'auto',
      cellOptions: { type: 'auto' },
      inspect: false,
      hidden: undefined,
      hideFrom: undefined,
      filterable: undefined,
      wrapText: undefined,
    },
    thr,
  ),
  bargauge: withDefaults(BarGaugePanel, { ...reduce, displayMode: 'gradient', valueMode: 'color' }, {}, thr),
  'state-timeline': withDefaults(
    States(false),
    { rowHeight: 0.9, showValue: 'auto', mergeValues: true },
    { fillOpacity: 70, lineWidth: 0, hideFrom: undefined },
    thr,
  ),
  'status-history': withDefaults(
    States(true),
    { rowHeight: 0.9, colWidth: 0.9, showValue: 'auto' },
    { fillOpacity: 70, lineWidth: 1, hideFrom: undefined },
    thr,
  ),
  heatmap: withDefaults(HeatmapPanel, { calculate: false }, { hideFrom: undefined, scaleDistribution: undefined }),
  text: withDefaults(
    (p: PanelProps<any>) => (
      <div
        className="markdown-html"
        style={{ overflow: 'auto', height: p.height }}
        dangerouslySetInnerHTML={{
          __html:
            p.options.mode === 'html'
              ? p.replaceVariables(p.options.content)
              : renderMarkdown(p.replaceVariables(p.options.content)),
        }}
      />
    ),
    { mode: 'markdown', content: '' },
  ),
};
for (const [id, p] of Object.entries(panels))
  (p as any).meta = {
    id,
    name: id,
    type: 'panel',
    module: id,
    baseUrl: '',
    sort: 0,
    info: {
      version: '13.2.2',
      author: { name: '' },
      description: '',
      links: [],
      logos: { small: '', large: '' },
      screenshots: [],
      updated: '',
    },
  };
