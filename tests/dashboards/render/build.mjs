import { build } from 'esbuild';
const r = await build({
  entryPoints: ['src/main.tsx'],
  bundle: true,
  format: 'esm',
  splitting: true,
  outdir: 'dist',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  loader: { '.svg': 'dataurl', '.css': 'empty', '.woff2': 'dataurl', '.ttf': 'dataurl', '.png': 'dataurl' },
  minify: false,
  sourcemap: false,
  logLevel: 'warning',
  metafile: true,
  conditions: ['module', 'browser'],
  mainFields: ['module', 'browser', 'main'],
  alias: { 'react-router-dom-v5-compat': 'react-router-dom' },
});
console.log(Object.entries(r.metafile.outputs).reduce((a, [, o]) => a + o.bytes, 0) / 1e6, 'MB');
