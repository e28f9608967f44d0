// What the domain publishes: record, policy, id, and their changes over time.
function(config) {
  local lib = (import '../lib.libsonnet')(config),
  local last = lib.last,
  local alert(name, severity, wait, expr, summary, description) =
    lib.alert(name, severity, wait, lib.withPolicyProvider(expr), summary, description, 'policy', lib.dashboard('domain', ['domain'])),
  local expectedMode(matcher) = last('mta_sts_domain_expected_mode{mode%s}' % matcher),

  group: {
    name: 'mta-sts.policy',
    rules: [
      // A record that is not there counts while senders may hold enforce, the policy is still served, or the domain is to have MTA-STS:
      // after a removal done right (RFC 8461 8.3) it is to be missing.
      alert(
        'MtaStsRecordInvalid',
        'warning',
        30 * 60,
        |||
          %s
          and on (job, instance, domain) (
            %s == 1
            or on (job, instance, domain) %s > time()
            or on (job, instance, domain) %s > time() - 3600
            or on (job, instance, domain) %s == 1
          )
          unless on (job, instance, domain) %s == 1
        ||| % [
          lib.fails('record'),
          last('mta_sts_record_present'),
          last('mta_sts_enforce_held_until_timestamp_seconds'),
          last('mta_sts_policy_last_success_timestamp_seconds'),
          expectedMode('!="absent"'),
          expectedMode('="absent"'),
        ],
        'The MTA-STS TXT record is missing or invalid: senders without a held policy deliver as if there were no MTA-STS.',
        'Senders find no valid record at _mta-sts.{{ $labels.domain }}.' + lib.reasonsOf('record') + lib.heldUntil()
      ),
      alert(
        'MtaStsPolicyUnavailable',
        'warning',
        3600,
        lib.policyUnavailable,
        'The record asks senders to fetch a policy, and they get none that is valid.',
        'Senders get no valid policy from mta-sts.{{ $labels.domain }}. Protection ends as held policies run out, and those who hold one do not learn of a change.'
        + lib.reasonsOf('policy_fetch|policy_syntax') + lib.heldUntil()
      ),
      alert(
        'MtaStsPolicyServersDisagree',
        'warning',
        30 * 60,
        lib.fails('policy_servers'),
        'Not every address of the policy host serves the same valid policy.',
        'What senders learn about {{ $labels.domain }} depends on the address of mta-sts.{{ $labels.domain }} that they ask.' + lib.reasonsOf('policy_servers')
      ),
      alert(
        'MtaStsIdStale',
        'warning',
        30 * 60,
        lib.fails('id_fresh'),
        'The policy was changed under the same id: senders that hold the former one do not fetch it again.',
        'The policy of {{ $labels.domain }} has changed since its present id was published. Publish a new id in the record at _mta-sts.{{ $labels.domain }}.' + lib.reasonsOf('id_fresh')
      ),
      alert(
        'MtaStsRemovedWithoutNone',
        'warning',
        15 * 60,
        lib.fails('lifecycle'),
        'MTA-STS was removed while senders still hold an enforce policy.',
        'Record or policy of {{ $labels.domain }} is gone without a policy of mode none before (RFC 8461 8.3). Senders go on enforcing what they hold.' + lib.heldUntil()
      ),
      // Where a mode is declared, MtaStsExpectationNotMet speaks.
      alert(
        'MtaStsModeLowered',
        'warning',
        5 * 60,
        |||
          %s == 1
          %s
          and on (job, instance, domain) %s > time() - %d
          unless on (job, instance, domain) %s == 1
        ||| % [
          last('mta_sts_policy_mode{mode=~"testing|none"}'),
          lib.inEnforce,
          last('mta_sts_policy_mode_since_timestamp_seconds'),
          config.modeLoweredShownFor,
          last('mta_sts_domain_expected_mode'),
        ],
        'The mode of the policy went down from enforce.',
        'The policy of {{ $labels.domain }} is in mode {{ $labels.mode }} now; it was in enforce.' + lib.heldUntil()
      ),
      alert(
        'MtaStsExpectationNotMet',
        'warning',
        30 * 60,
        lib.fails('expectation'),
        'The domain does not have the mode that the configuration declares for it.',
        '{{ $labels.domain }} is not in the mode that `expect` names in the configuration of the exporter.' + lib.reasonsOf('expectation')
      ),
      // The times of the last look and of the last conclusive one are the same where the last look was conclusive.
      alert(
        'MtaStsCheckInconclusive',
        'warning',
        6 * 3600,
        |||
          (
            %s
            unless on (job, instance, domain) %s >= %s
          )
          and on (job, instance, domain) (
            domain:mta_sts_in_use:group
            or on (job, instance, domain) %s > time() - 30 * 86400
            or on (job, instance, domain) %s == 1
          )
        ||| % [
          last('mta_sts_domain_last_probe_timestamp_seconds'),
          last('mta_sts_domain_last_conclusive_timestamp_seconds'),
          last('mta_sts_domain_last_probe_timestamp_seconds'),
          last('mta_sts_policy_last_success_timestamp_seconds'),
          expectedMode('!="absent"'),
        ],
        'For 6 hours no look at the domain was conclusive: its state is not known.',
        'Nothing certain can be said of {{ $labels.domain }}; values that were known run out.' + lib.unknownReasonsOf()
      ),
    ],
  },
}
