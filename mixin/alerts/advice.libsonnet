// Nothing is broken; something could be better.
function(config) {
  local lib = (import '../lib.libsonnet')(config),
  local last = lib.last,
  local alert(name, wait, expr, summary, description) =
    lib.alert(name, 'info', wait, lib.withPolicyProvider(expr), summary, description, 'advice', lib.dashboard('domain', ['domain'])),

  group: {
    name: 'mta-sts.advice',
    rules: [
      alert(
        'MtaStsReadyToEnforce',
        3600,
        |||
          %(mode)s == 1
          and on (job, instance, domain) %(since)s < time() - %(days)d * 86400
          and on (job, instance, domain) %(ready)s < time() - %(days)d * 86400
          unless on (job, instance, domain) %(expected)s == 1
        ||| % {
          mode: 'min without (mode) (%s)' % last('mta_sts_policy_mode{mode="testing"}'),
          since: last('mta_sts_policy_mode_since_timestamp_seconds'),
          ready: last('mta_sts_enforce_ready_since_timestamp_seconds'),
          expected: last('mta_sts_domain_expected_mode{mode="testing"}'),
          days: config.readyAfterDays,
        },
        'Ready to enforce: testing for a long time, and every MX host has passed all the while.',
        '{{ $labels.domain }} has been in mode testing and ready for enforce for over %d days. Set mode: enforce in the policy, then a new id in the record.' % config.readyAfterDays
      ),
      alert(
        'MtaStsPolicyNeverServed',
        3600,
        '%s\nunless on (job, instance, domain) %s' % [lib.fails('policy_fetch|policy_syntax'), lib.wrapped(lib.policyUnavailable)],
        'The record asks senders to fetch a policy, and they get none that is valid; enforce was never seen.',
        'Senders get no valid policy from mta-sts.{{ $labels.domain }}: its MTA-STS protects nobody.' + lib.reasonsOf('policy_fetch|policy_syntax')
      ),
      alert(
        'MtaStsMaxAgeShort',
        3600,
        |||
          %s < %d
          and on (job, instance, domain) %s == 1
        ||| % [last('mta_sts_policy_max_age_seconds'), config.minimalMaxAge, last('mta_sts_policy_mode{mode="enforce"}')],
        'max_age is too short to protect: an attacker has to wait only that long.',
        'The enforce policy of {{ $labels.domain }} has a max_age of {{ $value | humanizeDuration }}; RFC 8461 3.2 wants weeks or more.'
      ),
      alert(
        'MtaStsTlsRptMissing',
        24 * 3600,
        |||
          %s
          and on (job, instance, domain) %s == 1
        ||| % [lib.fails('tlsrpt'), last('mta_sts_record_present')],
        'No valid TLS-RPT record: senders cannot report failures.',
        'The domain {{ $labels.domain }} has MTA-STS, and no valid record at _smtp._tls.{{ $labels.domain }} (RFC 8460 3).' + lib.reasonsOf('tlsrpt')
      ),
    ],
  },
}
