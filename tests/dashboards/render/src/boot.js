// Runs before any @grafana module: what Grafana's index.html template would have set.
window.process = { env: { NODE_ENV: 'production' } };
window.__grafanaSceneContext = undefined;
window.__grafana_public_path__ = '/public/';
window.grafanaBootData = {
  user: {
    theme: 'dark',
    timezone: 'utc',
    language: 'en-US',
    locale: 'en-US',
    orgId: 1,
    orgRole: 'Viewer',
    permissions: {},
  },
  settings: {
    buildInfo: { version: '13.2.2', commit: 'x', env: 'production' },
    featureToggles: { scenes: true },
    datasources: {},
    panels: {},
    appSubUrl: '',
    dateFormats: undefined,
    theme: 'dark',
  },
  navTree: [],
};
