import React from 'react';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import { of, isObservable, from } from 'rxjs';
import { map, catchError } from 'rxjs/operators';
import {
  createTheme,
  ThemeContext,
  EventBusSrv,
  LoadingState,
  getDefaultTimeRange,
  DataSourcePluginMeta,
} from '@grafana/data';
import * as rt from '@grafana/runtime';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import * as S from '@grafana/scenes';
import { initPluginTranslations } from '@grafana/i18n';
import { initRegistries } from './registries';
import { PromDS } from './promds';
import { panels } from './panels';

const errors: string[] = ((window as any).__errors = []);
window.addEventListener('error', (e) => errors.push(String(e.message)));
window.addEventListener('unhandledrejection', (e) =>
  errors.push('unhandled: ' + String((e.reason && e.reason.stack) || e.reason)),
);
const cfg = (window as any).__RENDER__ as {
  dashboard: any;
  prometheus: string;
  theme: string;
  vars: Record<string, any>;
  scrape: string;
  from?: string;
  to?: string;
};

const settings: any = {
  id: 1,
  uid: 'prom',
  name: 'Prometheus',
  type: 'prometheus',
  url: cfg.prometheus,
  access: 'proxy',
  isDefault: true,
  jsonData: { timeInterval: cfg.scrape },
  meta: {
    id: 'prometheus',
    name: 'Prometheus',
    type: 'datasource',
    info: { logos: { small: '', large: '' } },
    metrics: true,
  } as unknown as DataSourcePluginMeta,
  readOnly: true,
};
const ds = new PromDS(settings);
ds.meta = settings.meta;
const grafanaDs: any = {
  uid: '-- Grafana --',
  type: 'datasource',
  name: '-- Grafana --',
  meta: { id: 'grafana' },
  query: () => of({ data: [] }),
  getRef: () => ({ uid: '-- Grafana --' }),
};
const pick = (ref: any) =>
  ref && (ref === '-- Grafana --' || ref.uid === '-- Grafana --' || ref.uid === 'grafana') ? grafanaDs : ds;

function setup() {
  rt.setDataSourceSrv({
    get: async (r: any) => pick(r),
    getList: () => [settings],
    getInstanceSettings: (r: any) => (pick(r) === ds ? settings : undefined),
    reload() {},
    registerRuntimeDataSource() {},
  } as any);
  rt.setPluginImportUtils({
    importPanelPlugin: async (id: string) => {
      if (!panels[id]) throw new Error('panel type not registered: ' + id);
      return panels[id];
    },
    getPanelPluginFromCache: (id: string) => panels[id],
  } as any);
  rt.setRunRequest(((d: any, req: any, fn?: any) => {
    const r = fn ? fn(req) : d.query(req);
    const base = { request: req, timeRange: req.range };
    return (isObservable(r) ? r : from(Promise.resolve(r))).pipe(
      map((p: any) => ({
        ...base,
        state: p.error ? LoadingState.Error : LoadingState.Done,
        series: p.data ?? [],
        error: p.error,
        errors: p.errors,
        annotations: [],
      })),
      catchError((e: any) => of({ ...base, state: LoadingState.Error, series: [], error: { message: String(e) } })),
    );
  }) as any);
  rt.setTemplateSrv({
    getVariables: () => [],
    replace: (t: string) => t ?? '',
    containsTemplate: () => false,
    updateTimeRange() {},
  } as any);
  rt.setEchoSrv({ addEvent() {}, addBackend() {}, flush() {} } as any);
  rt.setAppEvents(new EventBusSrv() as any);
  rt.setBackendSrv({
    get: async () => ({}),
    fetch: () => of({ data: {} }),
    datasourceRequest: async () => ({}),
  } as any);
  rt.setPluginLinksHook?.(() => ({ links: [], isLoading: false }) as any);
  rt.setPluginComponentsHook?.(() => ({ components: [], isLoading: false }) as any);
  initRegistries();
}
const dsRef = (r: any) => (!r || r === '-- Mixed --' ? undefined : typeof r === 'string' ? { uid: r } : r);

function variable(v: any): any {
  const o = cfg.vars[v.name];
  const base = { name: v.name, label: v.label, hide: v.hide ?? 0, description: v.description, skipUrlSync: true };
  const cur = o ?? v.current?.value;
  const st = {
    isMulti: !!v.multi,
    includeAll: !!v.includeAll,
    allValue: v.allValue || undefined,
    value: cur ?? '',
    text: o ?? v.current?.text ?? '',
    defaultToAll: cur === undefined && !!v.includeAll,
  };
  switch (v.type) {
    case 'datasource':
      return new S.DataSourceVariable({
        ...base,
        pluginId: v.query,
        regex: v.regex,
        value: 'prom',
        text: 'Prometheus',
      });
    case 'query':
      return new S.QueryVariable({
        ...base,
        ...st,
        query: v.query,
        regex: v.regex,
        sort: v.sort ?? 0,
        refresh: v.refresh ?? 1,
        datasource: dsRef(v.datasource),
      });
    case 'custom':
      return new S.CustomVariable({ ...base, ...st, query: v.query });
    case 'interval':
      return new S.IntervalVariable({
        ...base,
        intervals: (v.query ?? '').split(','),
        value: cur,
        autoEnabled: !!v.auto,
      });
    case 'constant':
      return new S.ConstantVariable({ ...base, value: v.query });
    case 'textbox':
      return new S.TextBoxVariable({ ...base, value: o ?? v.query ?? '' });
    default:
      throw new Error('variable type not supported by the harness: ' + v.type);
  }
}
function panel(p: any): any {
  for (const k of ['repeat', 'libraryPanel', 'cacheTimeout'])
    if (p[k]) throw new Error(`panel ${p.id} "${p.title}": "${k}" is not supported by the harness`);
  if (p.targets?.some((t: any) => t.datasource?.type === '__expr__'))
    throw new Error(`panel ${p.id}: server-side expressions need a Grafana server`);
  const q = p.targets?.length
    ? new S.SceneQueryRunner({
        queries: p.targets.map((t: any) => ({ ...t, datasource: dsRef(t.datasource ?? p.datasource) })),
        datasource: dsRef(p.datasource),
        maxDataPoints: p.maxDataPoints,
        minInterval: p.interval,
      })
    : undefined;
  const $data = q ? new S.SceneDataTransformer({ $data: q, transformations: p.transformations ?? [] }) : undefined;
  const viz = new S.VizPanel({
    key: 'panel-' + p.id,
    title: p.title,
    description: p.description,
    pluginId: p.type,
    pluginVersion: p.pluginVersion ?? '13.2.2',
    options: p.options ?? {},
    fieldConfig: p.fieldConfig ?? { defaults: {}, overrides: [] },
    $data,
    displayMode: p.transparent ? 'transparent' : 'default',
  });
  const g = p.gridPos;
  const item: any = { x: g.x, y: g.y, width: g.w, height: g.h, body: viz, key: 'grid-' + p.id };
  return new S.SceneGridItem(item);
}
function build(d: any) {
  const kids: any[] = [];
  let row: any = null;
  for (const p of [...d.panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)) {
    if (p.type === 'row') {
      if (p.repeat) throw new Error(`row ${p.id}: repeat is not supported by the harness`);
      row = new S.SceneGridRow({
        title: p.title,
        isCollapsed: false,
        y: p.gridPos.y,
        children: (p.panels ?? []).map(panel),
        key: 'row-' + p.id,
      });
      kids.push(row);
      if (p.collapsed) row = null;
    } else if (row) row.setState({ children: [...row.state.children, panel(p)] });
    else kids.push(panel(p));
  }
  return new S.EmbeddedScene({
    $timeRange: new S.SceneTimeRange({
      from: cfg.from ?? d.time?.from ?? 'now-1h',
      to: cfg.to ?? d.time?.to ?? 'now',
      timeZone: 'utc',
    }),
    $variables: new S.SceneVariableSet({ variables: (d.templating?.list ?? []).map(variable) }),
    controls: [
      new S.VariableValueSelectors({}),
      new S.SceneControlsSpacer(),
      new S.SceneTimePicker({}),
      new S.SceneRefreshPicker({}),
    ],
    body: new S.SceneGridLayout({ children: kids, isDraggable: false, isResizable: false }),
  });
}
const theme = createTheme({ colors: { mode: cfg.theme === 'light' ? 'light' : 'dark' } });
async function main() {
  await initPluginTranslations('grafana');
  setup();
  const scene = build(cfg.dashboard);
  (window as any).__scene = scene;
  const App = () => (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <PortalContainer />
      <MemoryRouter>
        <div style={{ background: theme.colors.background.canvas, minHeight: '100vh', padding: 16 }}>
          <h3 style={{ color: theme.colors.text.primary }}>{cfg.dashboard.title}</h3>
          <scene.Component model={scene} />
        </div>
      </MemoryRouter>
    </ThemeContext.Provider>
  );
  createRoot(document.getElementById('root')!).render(<App />);
  (window as any).__report = () =>
    S.sceneGraph
      .findAllObjects(scene, (o: any) => o instanceof S.VizPanel)
      .map((v: any) => {
        const data = S.sceneGraph.getData(v).state.data as any;
        return {
          key: v.state.key,
          type: v.state.pluginId,
          title: v.interpolate(v.state.title),
          pluginError: v.state._pluginLoadError,
          state: data?.state,
          error: data?.error?.message,
          frames: data?.series?.length ?? 0,
          rows: (data?.series ?? []).reduce((n: number, f: any) => n + f.length, 0),
          hasQuery: !!v.state.$data,
          text: (
            document.querySelector(
              `[data-testid="data-testid Panel header ${CSS.escape(v.interpolate(v.state.title)).replace(/\\ /g, ' ')}"]`,
            ) as HTMLElement | null
          )?.innerText
            ?.replace(/\s+/g, ' ')
            .slice(0, 8000),
        };
      });
}
main().catch((e) => errors.push('main: ' + (e.stack || e)));
