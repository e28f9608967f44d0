// The exporter itself, and what is broken around it: these say that it cannot see, and mute what it would say of domains.
function(config) {
  local lib = (import '../lib.libsonnet')(config),
  local last = lib.last,
  local alert(name, severity, wait, expr, summary, description) =
    lib.alert(name, severity, wait, std.rstripChars(expr, '\n'), summary, description, 'exporter', lib.dashboard('exporter', [])),

  group: {
    name: 'mta-sts.exporter',
    rules: [
      alert(
        'MtaStsExporterDown',
        'critical',
        5 * 60,
        'up{%s} == 0' % config.exporterSelector,
        'The exporter does not answer: nobody watches the domains.',
        'Prometheus cannot scrape {{ $labels.instance }}.'
      ),
      alert(
        'MtaStsExporterAbsent',
        'critical',
        15 * 60,
        'absent(up{%s})' % config.exporterSelector,
        'Prometheus has no exporter to scrape: nobody watches the domains.',
        'There is no target with {{ range $name, $value := $labels }}{{ $name }}="{{ $value }}"{{ end }} in Prometheus.'
      ),
      alert(
        'MtaStsSmtpEgressBlocked',
        'critical',
        10 * 60,
        '%s == 0' % last('mta_sts_exporter_smtp_egress_ok'),
        'The exporter reaches no MX host at all: most likely port 25 is blocked on its way out.',
        'None of the MX hosts of several providers answers {{ $labels.instance }}. Their certificates are not watched.'
      ),
      alert(
        'MtaStsHttpsEgressBlocked',
        'critical',
        10 * 60,
        '%s == 0' % last('mta_sts_exporter_https_egress_ok'),
        'The exporter reaches no policy host at all: most likely its way out is blocked.',
        'None of the policy hosts of several providers answers {{ $labels.instance }}, and they did before. Their policies are not watched.'
      ),
      alert(
        'MtaStsResolverFailing',
        'critical',
        10 * 60,
        |||
          sum by (job, instance) (rate(mta_sts_exporter_dns_queries_total{result=~"servfail|refused|timeout|malformed"}[10m]))
          / sum by (job, instance) (rate(mta_sts_exporter_dns_queries_total[10m])) > 0.5
          and on (job, instance) %s > 2
        ||| % last('mta_sts_exporter_domains'),
        'The resolver of the exporter fails most queries.',
        '{{ $value | humanizePercentage }} of the DNS queries of {{ $labels.instance }} got no answer that can be used. Nothing can be said of domains whose answers are missing.'
      ),
      alert(
        'MtaStsResultsStale',
        'warning',
        15 * 60,
        |||
          count by (job, instance) (
            time() - %s
            > on (job, instance) group_left () 3 * %s
          )
        ||| % [last('mta_sts_domain_last_probe_timestamp_seconds'), last('mta_sts_exporter_probe_interval_seconds{kind="domain"}')],
        'Results are older than three intervals.',
        'The results of {{ $value }} domains at {{ $labels.instance }} are older than three intervals.'
      ),
      alert(
        'MtaStsScheduleLag',
        'warning',
        15 * 60,
        '%s\n> on (job, instance, kind) %s' % [last('mta_sts_exporter_schedule_lag_seconds'), last('mta_sts_exporter_probe_interval_seconds')],
        'The exporter does not keep up with its schedule.',
        'Probes of kind {{ $labels.kind }} at {{ $labels.instance }} begin {{ $value | humanizeDuration }} late. Raise probe.concurrency, lengthen the interval, or split the fleet with --shard.count.'
      ),
      alert(
        'MtaStsConfigReloadFailed',
        'warning',
        10 * 60,
        '%s == 0' % last('mta_sts_exporter_config_last_reload_successful'),
        'The last reload of the configuration failed; the former one is in use.',
        '{{ $labels.instance }} refused its configuration. Its log names file, line and column, as does --config.check.'
      ),
      alert(
        'MtaStsDiscoveryFailed',
        'warning',
        30 * 60,
        '%s == 0' % last('mta_sts_exporter_discovery_successful'),
        'A list of domains cannot be had or read; the domains that it gave before are watched on.',
        '{{ $labels.instance }} cannot read {{ $labels.source }}. Its log says why, of a file with line and column. Domains that were added since are not watched.'
      ),
      alert(
        'MtaStsHistoryErrors',
        'warning',
        15 * 60,
        'increase(mta_sts_exporter_history_errors_total[15m]) > 0',
        'The history cannot be written or read.',
        '{{ $labels.instance }} had errors with its history in the last 15 minutes. What it saw is kept in memory and lost with a restart: with it goes what senders hold.'
      ),
      alert(
        'MtaStsInternalErrors',
        'warning',
        0,
        'increase(mta_sts_exporter_internal_errors_total[1h]) > 0',
        'A probe or request was ended by a bug of the exporter.',
        '{{ $labels.instance }} had internal errors in the last hour. Please report them with the lines of its log.'
      ),
    ],
  },
}
