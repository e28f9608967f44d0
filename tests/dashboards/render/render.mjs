// usage: node render.mjs dashboard.json out.png [--var name=value]... [--theme light] [--size 1600x1200] [--from now-6h] [--allow-empty id,id] [--allow-error id,id]
import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
const [, , file, out, ...rest] = process.argv;
const o = {
  vars: {},
  theme: 'dark',
  width: '1700',
  prometheus: 'http://127.0.0.1:19090',
  scrape: '5s',
  'allow-empty': '',
  'allow-error': '',
};
for (let i = 0; i < rest.length; i += 2) {
  const k = rest[i].slice(2);
  if (k === 'var') {
    const [n, v] = rest[i + 1].split('=');
    o.vars[n] = v.includes(',') ? v.split(',') : v;
  } else o[k] = rest[i + 1];
}
const dashboard = JSON.parse(fs.readFileSync(file, 'utf8'));
const here = path.dirname(new URL(import.meta.url).pathname);
const cfg = { dashboard, prometheus: '/prom', theme: o.theme, vars: o.vars, from: o.from, to: o.to, scrape: o.scrape };
const html = `<!doctype html><meta charset=utf-8><title>render</title><style>body{margin:0}</style><div id=root></div><script>window.__RENDER__=${JSON.stringify(cfg).replace(/</g, '\\u003c')};${fs.readFileSync(here + '/src/boot.js', 'utf8')}</script><link rel=stylesheet href="/nm/react-grid-layout/css/styles.css"><link rel=stylesheet href="/nm/react-resizable/css/styles.css"><link rel=stylesheet href="/nm/uplot/dist/uPlot.min.css"><link rel=stylesheet href="/nm/@grafana/react-data-grid/lib/styles.css"><script type=module src="/dist/main.js"></script>`;
const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const srv = http.createServer((q, r) => {
  const u = new URL(q.url, 'http://x');
  if (u.pathname === '/') {
    r.setHeader('content-type', 'text/html');
    return r.end(html);
  }
  if (u.pathname.startsWith('/prom/')) {
    const p = http.get(o.prometheus + q.url.slice(5), (s) => {
      r.writeHead(s.statusCode, { 'content-type': 'application/json' });
      s.pipe(r);
    });
    p.on('error', (e) => {
      r.statusCode = 502;
      r.end(JSON.stringify({ status: 'error', errorType: 'proxy', error: String(e) }));
    });
    return;
  }
  const m =
    u.pathname.match(/^\/(dist|nm)\/(.+)$/) ||
    (u.pathname.match(/^\/public\/build\/img\/icons\/(.+)$/) ? [0, 'icons', RegExp.$1] : null);
  const root =
    m &&
    {
      dist: here + '/dist',
      nm: here + '/node_modules',
      icons: here + '/node_modules/@grafana/ui/dist/public/img/icons',
    }[m[1]];
  const f = m && path.join(root, path.normalize('/' + m[2]));
  if (!f || !fs.existsSync(f)) {
    r.statusCode = 404;
    return r.end();
  }
  r.setHeader('content-type', types[path.extname(f)] ?? 'application/octet-stream');
  fs.createReadStream(f).pipe(r);
});
await new Promise((d) => srv.listen(0, '127.0.0.1', d));
const port = srv.address().port;
const t0 = Date.now();
// As high as the dashboard: tables draw only rows that are in sight. A unit of the grid is 30 px and a gap of 8.
const units = Math.max(...dashboard.panels.map((p) => p.gridPos.y + p.gridPos.h));
const [width, height] = [Number(o.width), units * 38 + 110];
const b = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
let bad = 0;
if (o.report) fs.mkdirSync(path.dirname(path.resolve(o.report)), { recursive: true });
try {
  const page = await b.newPage({ viewport: { width, height } });
  const con = [];
  page.on('console', (m) => {
    if (m.type() === 'error') con.push(m.text().slice(0, 400));
  });
  page.on('response', (r) => {
    if (r.status() >= 400) con.push(r.status() + ' ' + r.url());
  });
  page.on('pageerror', (e) => con.push('pageerror: ' + e.message + '\n' + (e.stack || '').slice(0, 800)));
  await page.goto(`http://127.0.0.1:${port}/`);
  const n = dashboard.panels.flatMap((p) => (p.type === 'row' ? (p.panels ?? []) : [p])).length;
  await page
    .waitForFunction(
      (n) => {
        if ((window.__errors ?? []).some((e) => e.startsWith('main:'))) return true;
        const r = window.__report?.();
        return (
          r &&
          r.length === n &&
          r.every((p) => !p.hasQuery || p.state === 'Done' || p.state === 'Error' || p.pluginError)
        );
      },
      n,
      { timeout: 30000 },
    )
    .catch((e) => con.push('timeout waiting for panels: ' + e.message.split('\n')[0]));
  await page.waitForTimeout(1500);
  await page.screenshot({ path: out, fullPage: true });
  const rep = await page.evaluate(() => ({
    panels: window.__report?.() ?? [],
    queries: window.__queries,
    errors: window.__errors,
  }));
  const ae = o['allow-empty'].split(','),
    er = o['allow-error'].split(',');
  for (const p of rep.panels) {
    const id = p.key.replace('panel-', '');
    const wrong =
      p.pluginError ||
      (p.hasQuery && ((p.error && !er.includes(id)) || (!p.error && p.rows === 0 && !ae.includes(id)) || !p.state));
    if (wrong) bad++;
    console.log(
      wrong ? 'BAD ' : 'ok  ',
      p.key,
      p.type,
      JSON.stringify(p.title),
      `state=${p.state} frames=${p.frames} rows=${p.rows}`,
      p.error ?? '',
      p.pluginError ?? '',
      o.text ? '| ' + (p.text ?? '(no DOM text)') : '',
    );
  }
  for (const q of rep.queries ?? []) console.log('  q', q.refId, q.series ?? '-', q.expr, q.error ?? '');
  for (const e of new Set([...(rep.errors ?? []), ...con].map((x) => x.slice(0, 600)))) console.log('  page:', e);
  if (o.report) fs.writeFileSync(o.report, JSON.stringify(rep, null, 1));
  const crash = [...(rep.errors ?? []), ...con].filter((x) =>
    /TypeError|ReferenceError|pageerror|timeout waiting|Uncaught|main:/.test(x),
  );
  if (crash.length) bad += 1;
  if (!rep.panels.length) bad += 1;
  console.log(`${rep.panels.length} panels, ${bad} bad, ${Date.now() - t0} ms, ${out}`);
} finally {
  await b.close();
  srv.close();
}
process.exit(bad ? 1 : 0);
