// The words that the expressions and texts of all alerts are made of.
function(config) {
  local lib = self,
  local docs = config.docsUrl,

  byDomain:: 'on (job, instance, domain)',
  byMx:: 'on (job, instance, mx)',

  // The last value within the gap. A range does not see the marker that a failed scrape leaves, an instant vector ends with it.
  last(selector):: 'last_over_time(%s[%s])' % [selector, config.gap],

  fails(checks):: 'min without (check) (%s) == 0' % lib.last('mta_sts_check_ok{check=~"%s"}' % checks),
  // Some sender can hold an enforce policy. This goes on when the policy breaks or vanishes; the mode does not.
  inEnforce:: 'and on (job, instance, domain) %s > time()' % lib.last('mta_sts_enforce_held_until_timestamp_seconds'),
  inUse:: 'and on (job, instance, domain) domain:mta_sts_in_use:group',
  usedByMtaSts:: 'and on (job, instance, mx) mx:mta_sts_in_use:count > 0',

  // MX hosts of domains in enforce that get no mail from senders which honour the policy. An alert and what mutes it must
  // change in the same evaluation, so that both read the series themselves; incidents read the rules that record this.
  failingMx:: '%s == 0\n%s' % [lib.last('mta_sts_domain_mx_deliverable'), lib.inEnforce],
  // Domains that had an enforce policy, or are to have one, and whose senders find none now.
  policyUnavailable:: |||
    %s
    and on (job, instance, domain) (
      %s > 0 or %s == 1
    )
  ||| % [
    lib.fails('policy_fetch|policy_syntax'),
    lib.last('mta_sts_enforce_held_until_timestamp_seconds'),
    lib.last('mta_sts_domain_expected_mode{mode="enforce"}'),
  ],

  local indent(text) = '  ' + std.strReplace(std.rstripChars(text, '\n'), '\n', '\n  '),
  wrapped(text):: '(\n' + indent(text) + '\n)',
  local joined(text, key, label, rule) = lib.wrapped(text) + '\n* on (job, instance, %s) group_left (%s) %s' % [key, label, rule],
  withTeam(text):: joined(text, 'domain', 'team', 'domain:mta_sts_domain_info:team'),
  withPolicyProvider(text):: lib.withTeam(text) + '\n* on (job, instance, domain) group_left (provider) domain:mta_sts_policy_host_info:provider',
  withMxProvider(text):: joined(text, 'mx', 'provider', 'mx:mta_sts_mx_info:provider'),

  // `$value` of a rule in a text: the first sample of `expr`, in which %q stands for job, instance and `label`.
  first(expr, label, otherwise='an unknown number of')::
    '{{ with query (printf "%s" $labels.job $labels.instance $labels.%s) }}{{ . | first | value }}{{ else }}%s{{ end }}' % [expr, label, otherwise],

  // Seconds as Prometheus writes them.
  duration(seconds)::
    local units = [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']];
    local unit = [u for u in units if seconds % u[0] == 0][0];
    '%d%s' % [seconds / unit[0], unit[1]],

  local pending(seconds) = lib.duration(std.max(1, std.floor(seconds / config.forDivisor))),

  dashboard(name, variables):: '%s/d/mtasts-%s%s' % [
    config.grafanaUrl,
    name,
    if variables == [] then '' else '?' + std.join('&', ['var-%s={{ $labels.%s }}' % [v, v] for v in variables]),
  ],

  // One alert. runbook: a file of docs/runbooks, the section is named like the alert.
  alert(name, severity, wait, expr, summary, description, runbook, dashboard):: {
    alert: name,
    expr: std.rstripChars(expr, '\n') + '\n',
    [if wait > 0 then 'for']: pending(wait),
    labels: { severity: severity },
    annotations: {
      summary: summary,
      description: description,
      runbook_url: '%s/runbooks/%s.md#%s' % [docs, runbook, std.asciiLower(name)],
      dashboard_url: dashboard,
    },
  },

  // Texts of problems are asked for when the alert is sent: as labels they would begin its `for` anew with each change.
  // `each` is what is written for one series; without any, `otherwise`.
  local found(family, labels, matchers, each, otherwise='') =
    '{{ with query (printf "%s{%s}" %s) }}{{ range sortByLabel "address" . }}%s{{ end }}%s{{ end }}' % [
      family,
      std.join(',', ['%s=%%q' % l for l in labels] + [std.strReplace(m, '"', '\\"') for m in matchers]),
      std.join(' ', ['$labels.%s' % l for l in labels]),
      each,
      if otherwise == '' then '' else '{{ else }}' + otherwise,
    ],
  reasonsOf(checks)::
    found('mta_sts_check_problem', ['job', 'instance', 'domain'], ['check=~"%s"' % checks, 'outcome="fail"'], ' {{ .Labels.check }}: {{ .Labels.reason }} (%s/findings.md#{{ .Labels.reason }}).' % docs),
  unknownReasonsOf()::
    found('mta_sts_check_problem', ['job', 'instance', 'domain'], ['outcome="inconclusive"'], ' {{ .Labels.check }}: {{ .Labels.reason }} (%s/findings.md#{{ .Labels.reason }}).' % docs),
  mxReasons(outcome)::
    found('mta_sts_mx_problem', ['job', 'instance', 'mx'], ['outcome="%s"' % outcome], ' {{ with .Labels.address }}{{ . }}: {{ end }}{{ .Labels.reason }} (%s/findings.md#{{ .Labels.reason }}).' % docs),
  unmatched()::
    found('mta_sts_domain_mx_policy_match', ['job', 'instance', 'domain', 'mx'], [], '{{ if eq (value .) 0.0 }} No mx pattern of the policy matches it (%s/findings.md#mx_not_in_policy).{{ end }}' % docs),
  local timeOf(family, text) =
    '{{ with query (printf "floor(%s{job=%%q,instance=%%q,domain=%%q})" $labels.job $labels.instance $labels.domain) }} %s{{ end }}' % [
      family,
      text % '{{ . | first | value | humanizeTimestamp }}',
    ],
  heldUntil()::
    timeOf('mta_sts_enforce_held_until_timestamp_seconds', 'Senders hold an enforce policy until %s at the latest.'),
  // Of the live one the end moves on with each look; what an earlier one does ends.
  earlierHeldUntil()::
    timeOf('mta_sts_cached_policy_expiry_timestamp_seconds', 'The last earlier policy runs out at %s.'),
  certificateEnd:: '{{ if lt $value 0.0 }}has run out{{ else }}runs out in {{ $value | humanizeDuration }}{{ end }}',
}
