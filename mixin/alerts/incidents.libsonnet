// One fault at an MX host or a provider that breaks many domains: one alert, which mutes those of the domains.
// These wait for less time than the alerts that they mute.
function(config) {
  local lib = (import '../lib.libsonnet')(config),
  local limit = config.incident,
  local alert(name, severity, wait, expr, summary, description, dashboard) =
    lib.alert(name, severity, wait, expr, summary, description, 'incidents', dashboard),
  local many(failing, by, of) = |||
    %(failing)s >= %(domains)d
    and %(failing)s / on (job, instance, %(by)s) %(of)s >= %(share).2f
  ||| % { failing: failing, by: by, of: of, domains: limit.domains, share: limit.share },
  local labelled(rule, label) = '%s{job=%%q,instance=%%q,%s=%%q}' % [rule, label],

  group: {
    name: 'mta-sts.incidents',
    rules: [
      alert(
        'MtaStsMxProviderIncident',
        'critical',
        5 * 60,
        many('provider:mta_sts_domain_mx_deliverable:failing_domains', 'provider', 'provider:mta_sts_mx_info:enforced_domains'),
        'MX hosts of one provider get no mail from senders that honour MTA-STS, for many domains.',
        'MX hosts of {{ $labels.provider }} are not deliverable for {{ $value }} of %s domains in enforce that use them.'
        % lib.first(labelled('provider:mta_sts_mx_info:enforced_domains', 'provider'), 'provider'),
        lib.dashboard('mx', [])
      ),
      alert(
        'MtaStsMxHostIncident',
        'critical',
        5 * 60,
        lib.withMxProvider(many('mx:mta_sts_domain_mx_deliverable:failing_domains', 'mx', lib.last('mta_sts_mx_enforced_domains'))),
        'An MX host gets no mail from senders that honour MTA-STS, for many domains.',
        'The MX host {{ $labels.mx }} is not deliverable for {{ $value }} domains in enforce; the enforce policies of %s domains name it.'
        % lib.first(labelled('mta_sts_mx_enforced_domains', 'mx'), 'mx')
        + lib.mxReasons('fail'),
        lib.dashboard('mx', ['mx'])
      ),
      alert(
        'MtaStsPolicyProviderIncident',
        'warning',
        15 * 60,
        many('provider:mta_sts_policy:unavailable_domains', 'provider', 'provider:mta_sts_policy_host_info:domains'),
        'Policy hosts of one provider serve no valid policy, for many domains.',
        'Policy hosts at {{ $labels.provider }} serve no valid policy for {{ $value }} of %s domains that have one there.'
        % lib.first(labelled('provider:mta_sts_policy_host_info:domains', 'provider'), 'provider'),
        lib.dashboard('fleet', [])
      ),
    ],
  },
}
