// Recording rules: what several alerts share, and who is told of a domain. Each bridges a gap in the scrapes.
function(config) {
  local lib = (import 'lib.libsonnet')(config),
  local last = lib.last,
  local rule(name, expr) = { record: name, expr: std.rstripChars(expr, '\n') + '\n' },

  // An info series with another label value replaces the former one, so within a range both are seen: the present one wins.
  local present(family, key, label) = |||
    topk by (job, instance, %(key)s) (1,
      group by (job, instance, %(key)s, %(label)s) (%(family)s or on (job, instance, %(key)s) %(last)s)
    )
  ||| % { family: family, key: key, label: label, last: last(family) },
  local otherwise(expr, key, rest) = '%sor on (job, instance, %s) %s' % [expr, key, rest],

  group: {
    name: 'mta-sts.recording',
    rules: [
      // To whom a domain belongs (the configured label `team`).
      rule('domain:mta_sts_domain_info:team', present('mta_sts_domain_info', 'domain', 'team')),
      // Who runs the policy host; without the label where that is not known.
      rule('domain:mta_sts_policy_host_info:provider', otherwise(
        present('mta_sts_policy_host_info', 'domain', 'provider'),
        'domain',
        'group by (job, instance, domain) (domain:mta_sts_domain_info:team)'
      )),
      rule('mx:mta_sts_mx_info:provider', otherwise(
        present('mta_sts_mx_info', 'mx', 'provider'),
        'mx',
        'group by (job, instance, mx) (%s)' % last('mta_sts_domain_mx_preference')
      )),
      // The providers of all MX hosts of a domain, and the provider of those that have a single one.
      rule('domain_provider:mta_sts_mx_info:group', |||
        group by (job, instance, domain, provider) (
          %s * on (job, instance, mx) group_left (provider) mx:mta_sts_mx_info:provider
        )
      ||| % last('mta_sts_domain_mx_preference')),
      rule('domain:mta_sts_mx_info:provider', |||
        (
          domain_provider:mta_sts_mx_info:group
          and on (job, instance, domain) count by (job, instance, domain) (domain_provider:mta_sts_mx_info:group) == 1
        )
        or on (job, instance, domain) group by (job, instance, domain) (domain:mta_sts_domain_info:team)
      |||),
      // Domains that have MTA-STS: a record is published, or a sender can still hold an enforce policy.
      rule('domain:mta_sts_in_use:group', |||
        group by (job, instance, domain) (
          %s == 1 or on (job, instance, domain) %s > time()
        )
      ||| % [last('mta_sts_record_present'), last('mta_sts_enforce_held_until_timestamp_seconds')]),
      rule('mx:mta_sts_in_use:count', |||
        count by (job, instance, mx) (
          %s and on (job, instance, domain) domain:mta_sts_in_use:group
        )
      ||| % last('mta_sts_domain_mx_preference')),
      // What is wrong, for counting by provider.
      rule('domain_mx:mta_sts_domain_mx_deliverable:failing', lib.failingMx),
      rule('domain:mta_sts_policy:unavailable', lib.policyUnavailable),
      // How many domains a fault concerns, and out of how many: by MX host, by provider of MX hosts, by provider of policy hosts.
      rule('mx:mta_sts_domain_mx_deliverable:failing_domains', 'count by (job, instance, mx) (domain_mx:mta_sts_domain_mx_deliverable:failing)'),
      rule('provider:mta_sts_domain_mx_deliverable:failing_domains', |||
        count by (job, instance, provider) (
          group by (job, instance, domain, provider) (
            (domain_mx:mta_sts_domain_mx_deliverable:failing + 1)
            * on (job, instance, mx) group_left (provider) mx:mta_sts_mx_info:provider{provider!=""}
          )
        )
      |||),
      rule('provider:mta_sts_mx_info:enforced_domains', |||
        count by (job, instance, provider) (
          domain_provider:mta_sts_mx_info:group{provider!=""}
          %s
        )
      ||| % lib.inEnforce),
      rule('provider:mta_sts_policy:unavailable_domains', |||
        count by (job, instance, provider) (
          domain:mta_sts_policy_host_info:provider{provider!=""}
          and on (job, instance, domain) domain:mta_sts_policy:unavailable
        )
      |||),
      rule('provider:mta_sts_policy_host_info:domains', |||
        count by (job, instance, provider) (
          domain:mta_sts_policy_host_info:provider{provider!=""}
          %s
        )
      ||| % lib.inUse),
    ],
  },
}
