// The monitoring mixin: rules and alerts of mta_sts_exporter, all from one source with alerts/mta-sts.rules.yml.
(import 'config.libsonnet') + (import 'alerts.libsonnet')
