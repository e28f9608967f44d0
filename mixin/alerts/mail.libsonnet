// Mail is being lost, or will be: the domain's MX hosts, judged by the policies that senders hold.
function(config) {
  local lib = (import '../lib.libsonnet')(config),
  local last = lib.last,
  local alert(name, severity, wait, expr, summary, description) =
    lib.alert(name, severity, wait, expr, summary, description, 'mail', lib.dashboard('domain', ['domain'])),

  group: {
    name: 'mta-sts.mail',
    rules: [
      // Without a live policy `delivery_ok` is absent, yet senders go on with what they hold: then the conflict speaks.
      alert(
        'MtaStsNoMxDeliverable',
        'critical',
        10 * 60,
        lib.withTeam(|||
          %s == 0
          or on (job, instance, domain) (
            %s == 1
            and on (job, instance, domain) %s == 0
          )
        ||| % [last('mta_sts_delivery_ok'), last('mta_sts_cached_policy_conflict'), last('mta_sts_policy_present')])
        + '\n* on (job, instance, domain) group_left (provider) domain:mta_sts_mx_info:provider',
        'Mail is being lost: no MX host of the domain passes the enforce policy that senders hold.',
        'Senders that honour MTA-STS hold or bounce all mail for {{ $labels.domain }}: none of its MX hosts is both named by the policy and able to prove its name with a valid certificate.'
        + lib.reasonsOf('mx_policy_match|mx_tls|mx_lookup|policy_fetch|policy_syntax|record')
      ),
      alert(
        'MtaStsCachedPolicyConflict',
        'critical',
        15 * 60,
        lib.withPolicyProvider('%s == 1' % last('mta_sts_cached_policy_conflict')),
        'Mail is being lost: senders hold an earlier enforce policy that refuses every present MX host.',
        'Senders that hold an earlier policy of {{ $labels.domain }} refuse all of its present MX hosts, and cannot learn of a better policy yet: the present id is one that they know, or no valid policy can be found now, or the id is new and resolvers may still give out the former record. Put an old MX host back. Unless the id has just been changed, publish a valid policy that names the present MX hosts and then a new id.'
        + lib.earlierHeldUntil()
      ),
      alert(
        'MtaStsMxNotDeliverable',
        'warning',
        30 * 60,
        lib.withTeam(lib.failingMx) + '\n* on (job, instance, mx) group_left (provider) mx:mta_sts_mx_info:provider',
        'An MX host of a domain in enforce gets no mail from senders that honour the policy.',
        'Senders that honour MTA-STS skip the MX host {{ $labels.mx }} of {{ $labels.domain }}.' + lib.unmatched() + lib.mxReasons('fail')
      ),
      alert(
        'MtaStsCachedPolicyExposed',
        'warning',
        30 * 60,
        lib.withPolicyProvider('%s == 1' % last('mta_sts_cached_policy_exposed')),
        'Senders may hold an earlier enforce policy that refuses every present MX host.',
        'An earlier policy of {{ $labels.domain }} refuses all of its present MX hosts. Senders that look at the id learn of the new policy; those that keep a policy for its whole max_age hold or bounce mail until then.'
        + lib.earlierHeldUntil()
      ),
      alert(
        'MtaStsMxUnreachable',
        'warning',
        3600,
        lib.withMxProvider('max by (job, instance, mx) (%s) == 0\n%s' % [last('mta_sts_mx_reachable'), lib.usedByMtaSts]),
        'No address of an MX host greets with 220: it is down, or refuses the exporter. Its certificate is not known.',
        'The MX host {{ $labels.mx }} has not greeted with 220 at any of its addresses.' + lib.mxReasons('inconclusive')
      ) + { annotations+: { dashboard_url: lib.dashboard('mx', ['mx']) } },
      alert(
        'MtaStsMxInconclusive',
        'warning',
        6 * 3600,
        lib.withMxProvider(|||
          max by (job, instance, mx) (%s) == 1
          unless on (job, instance, mx) max by (job, instance, mx) (%s) > time() - 6 * 3600
          %s
        ||| % [last('mta_sts_mx_reachable'), last('mta_sts_mx_last_conclusive_timestamp_seconds'), lib.usedByMtaSts]),
        'An MX host answers, but its TLS could not be judged for 6 hours or more.',
        'The MX host {{ $labels.mx }} greets and then leaves open whether senders get TLS and a valid certificate.' + lib.mxReasons('inconclusive')
      ) + { annotations+: { dashboard_url: lib.dashboard('mx', ['mx']) } },
    ],
  },
}
