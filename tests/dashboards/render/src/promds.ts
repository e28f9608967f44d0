// A small Prometheus data source that answers in the frame shapes Grafana's own one gives.
import { DataSourceApi, FieldType, createDataFrame, renderLegendFormat, dateTime } from '@grafana/data';
import { sceneGraph } from '@grafana/scenes';
import { from } from 'rxjs';

const reEsc = (s: string) => s.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}\[\]'+?.()|]/g, '\\\\$&');
const strEsc = (s: string) => s.replace(/\\/g, '\\\\').replace(/"/g, '\\"');
export const promFormat = (value: any, variable: any) => {
  const multi = variable?.multi || variable?.includeAll;
  if (typeof value === 'string') return multi ? reEsc(value) : strEsc(value);
  const l = value.map((v: string) => reEsc(String(v)));
  return l.length === 1 ? l[0] : `(${l.join('|')})`;
};
export const queryLog: any[] = [];
(window as any).__queries = queryLog;
const dur = (ms: number) => (ms % 1000 ? `${Math.round(ms)}ms` : `${ms / 1000}s`);

export class PromDS extends DataSourceApi<any> {
  interval: any;
  constructor(settings: any) {
    super(settings);
    this.interval = settings.jsonData?.timeInterval ?? '15s';
    this.url = settings.url;
  }
  url: string;
  async get(path: string, params: Record<string, string>) {
    const r = await fetch(`${this.url}${path}?${new URLSearchParams(params)}`);
    const j = await r.json();
    if (j.status !== 'success') throw new Error(`${j.errorType}: ${j.error}`);
    return j.data;
  }
  expand(expr: string, req: any, extra: Record<string, string> = {}) {
    const scoped = req.scopedVars ?? {};
    const step = Math.max(req.intervalMs ?? 15000, 1000);
    const scrape = parseFloat(this.interval) * 1000;
    const range = req.range.to.valueOf() - req.range.from.valueOf();
    const m: Record<string, string> = {
      __rate_interval: dur(Math.max(step + scrape, 4 * scrape)),
      __interval: dur(step),
      __interval_ms: String(step),
      __range: dur(Math.round(range / 1000) * 1000),
      __range_s: String(Math.round(range / 1000)),
      __range_ms: String(range),
      ...extra,
    };
    let e = expr.replace(/\$(?:\{(__\w+)\}|(__\w+))/g, (all, a, b) => m[a ?? b] ?? all);
    const so = scoped.__sceneObject?.value?.valueOf?.();
    if (so) e = sceneGraph.interpolate(so, e, scoped, promFormat as any);
    return { expr: e, step };
  }
  query(req: any) {
    return from(this.run(req)) as any;
  }
  async run(req: any) {
    const out: any[] = [];
    const tables: any[] = [];
    let error: any;
    for (const t of req.targets.filter((x: any) => !x.hide && x.expr)) {
      const { expr, step } = this.expand(t.expr, req);
      const rec: any = {
        panelId: req.panelId,
        refId: t.refId,
        raw: t.expr,
        expr,
        instant: !!t.instant,
        format: t.format,
      };
      queryLog.push(rec);
      try {
        const s = step / 1000,
          a = Math.floor(req.range.from.valueOf() / 1000 / s) * s,
          b = Math.floor(req.range.to.valueOf() / 1000 / s) * s;
        const d = t.instant
          ? await this.get('/api/v1/query', { query: expr, time: String(req.range.to.valueOf() / 1000) })
          : await this.get('/api/v1/query_range', { query: expr, start: String(a), end: String(b), step: String(s) });
        const res = d.resultType === 'scalar' ? [{ metric: {}, value: d.result }] : d.result;
        rec.series = res.length;
        if (t.format === 'heatmap') {
          // as Grafana does: sort by le, then take each bucket's own share
          const num = (r: any) => (r.metric.le === '+Inf' ? Infinity : Number(r.metric.le));
          res.sort((x: any, y: any) => num(x) - num(y));
          for (let i = res.length - 1; i > 0; i--) {
            const prev = new Map(res[i - 1].values.map((v: any) => [v[0], Number(v[1])]));
            res[i].values = res[i].values.map((v: any) => [
              v[0],
              String(Math.max(0, Number(v[1]) - ((prev.get(v[0]) as number) ?? 0))),
            ]);
          }
        }
        if (t.format !== 'table') out.push(...res.map((x: any) => this.series(x, t)));
        else if (res.length) tables.push([res, t]);
      } catch (e: any) {
        rec.error = String(e.message ?? e);
        error = { message: rec.error, refId: t.refId };
      }
    }
    // As in Grafana: with one answer the field is called Value, whatever its refId; an empty answer is no frame.
    for (const [res, t] of tables) out.push(this.table(res, t, tables.length > 1 ? `Value #${t.refId}` : 'Value'));
    return { data: out, error, errors: error ? [error] : undefined, state: error ? 'Error' : 'Done' };
  }
  num(s: string) {
    return s === 'NaN' ? NaN : s === '+Inf' ? Infinity : s === '-Inf' ? -Infinity : Number(s);
  }
  series(x: any, t: any) {
    const { __name__, ...labels } = x.metric;
    const vals = x.values ?? [x.value];
    const name =
      t.legendFormat && t.legendFormat !== '__auto'
        ? renderLegendFormat(t.legendFormat, x.metric)
        : (__name__ ?? '') +
          (Object.keys(labels).length
            ? `{${Object.entries(labels)
                .map(([k, v]) => `${k}="${v}"`)
                .join(', ')}}`
            : '');
    return createDataFrame({
      refId: t.refId,
      name,
      meta: { type: 'timeseries-multi' as any },
      fields: [
        { name: 'Time', type: FieldType.time, values: vals.map((v: any) => v[0] * 1000), config: {} },
        {
          name: 'Value',
          type: FieldType.number,
          labels: x.metric,
          values: vals.map((v: any) => this.num(v[1])),
          config: { displayNameFromDS: name },
        },
      ],
    });
  }
  table(res: any[], t: any, valueName: string) {
    const keys = [...new Set(res.flatMap((r) => Object.keys(r.metric)))].sort();
    const rows = res.flatMap((r) => (r.values ?? [r.value]).map((v: any) => ({ m: r.metric, v })));
    return createDataFrame({
      refId: t.refId,
      meta: { preferredVisualisationType: 'table' } as any,
      fields: [
        { name: 'Time', type: FieldType.time, values: rows.map((r) => r.v[0] * 1000), config: {} },
        ...keys.map((k) => ({
          name: k,
          type: FieldType.string,
          values: rows.map((r) => r.m[k] ?? ''),
          config: { filterable: true },
        })),
        { name: valueName, type: FieldType.number, values: rows.map((r) => this.num(r.v[1])), config: {} },
      ],
    });
  }
  async metricFindQuery(q: any, o: any = {}) {
    const req = { scopedVars: o.scopedVars, range: o.range ?? { from: dateTime().subtract(1, 'h'), to: dateTime() } };
    const { expr } = this.expand(typeof q === 'string' ? q : q.query, req);
    const lv = expr.match(/^label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\)\s*$/s);
    const w = { start: String(req.range.from.valueOf() / 1000), end: String(req.range.to.valueOf() / 1000) };
    if (lv)
      return (
        await this.get(`/api/v1/label/${lv[2]}/values`, { ...(lv[1] ? { 'match[]': lv[1].trim() } : {}), ...w })
      ).map((text: string) => ({ text }));
    const qr = expr.match(/^query_result\((.+)\)\s*$/s);
    const d = await this.get('/api/v1/query', { query: qr ? qr[1] : expr, time: w.end });
    return d.result.map((r: any) => ({
      text: `${r.metric.__name__ ?? ''}{${Object.entries(r.metric)
        .filter(([k]) => k !== '__name__')
        .map(([k, v]) => `${k}="${v}"`)
        .join(',')}} ${r.value[1]} ${r.value[0] * 1000}`,
    }));
  }
  async testDatasource() {
    return { status: 'success', message: 'ok' };
  }
  getRef() {
    return { type: 'prometheus', uid: this.uid };
  }
}
