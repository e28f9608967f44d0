// The Grafana dashboards of the mixin: name of the file -> classic JSON.
(import 'dashboards/config.libsonnet') + {
  grafanaDashboards+:: {
    'fleet.json': (import 'dashboards/fleet.libsonnet')($._config),
    'domain.json': (import 'dashboards/domain.libsonnet')($._config),
    'mx.json': (import 'dashboards/mx.libsonnet')($._config),
    'exporter.json': (import 'dashboards/exporter.libsonnet')($._config),
  },
}
