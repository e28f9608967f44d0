// What the dashboards need to know. Override it as in every mixin:
//   (import 'mixin/dashboards.libsonnet') + { _config+:: { findingsUrl: 'https://wiki.example.com/mta-sts/' } }
{
  _config+:: {
    dashboards+: {
      tag: 'mta-sts',
      refresh: '1m',  // results change with probe.domain_interval: minutes
      from: 'now-24h',
      timezone: 'browser',
      uids: {
        fleet: 'mtasts-fleet',
        domain: 'mtasts-domain',
        mx: 'mtasts-mx',
        exporter: 'mtasts-exporter',
      },
    },
    // A reason is appended: ...#cert_expired
    findingsUrl: 'https://github.com/mta-sts-exporter/mta_sts_exporter/blob/main/docs/findings.md',
    // Days before the end of a certificate: orange, red. ACME renews with 30 days of 90 or two of six left.
    certDays: { warning: 14, critical: 3 },
  },
}
