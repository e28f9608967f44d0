{
  local config = $._config,
  prometheusRules+:: {
    groups+: [(import 'rules.libsonnet')(config).group],
  },
  // Incidents come first: within one moment they are sent before what they mute.
  prometheusAlerts+:: {
    groups+: [
      (import 'alerts/incidents.libsonnet')(config).group,
      (import 'alerts/mail.libsonnet')(config).group,
      (import 'alerts/policy.libsonnet')(config).group,
      (import 'alerts/certificates.libsonnet')(config).group,
      (import 'alerts/advice.libsonnet')(config).group,
      (import 'alerts/exporter.libsonnet')(config).group,
    ],
  },
}
