// Queries that several dashboards share. Every selector names job and instance.
//
// Two exporters may watch the same domain from two places: counts are of domains (`group by (domain)`), never of series.
{
  of(family, matchers='')::
    '%s{job=~"$job",instance=~"$instance"%s}' % [family, if matchers == '' then '' else ',' + matchers],

  domain:: 'on (job, instance, domain)',
  host:: 'on (job, instance, mx)',
  endpoint:: 'on (job, instance, mx, address)',

  // A domain of which a sender may hold an enforce policy: what breaks now can cost mail now.
  enforced:: '%s > time()' % $.of('mta_sts_enforce_held_until_timestamp_seconds'),
  in_enforce(expr):: '%s and %s %s' % [expr, $.domain, $.enforced],

  // How many different `by` the expression names; 0 only while an exporter answers at all.
  count(expr, by='domain')::
    'count(group by (%s) (%s)) or 0 * count(%s)' % [by, expr, $.of('mta_sts_exporter_build_info')],

  // Checks that fail and count: a missing record does so only where MTA-STS was seen or is declared, and only there do the
  // checks lifecycle and expectation exist. TLS reporting never counts.
  failing(matchers='')::
    local more = if matchers == '' then '' else ',' + matchers;
    '(%s or %s and %s %s)' % [
      $.of('mta_sts_check_problem', 'outcome="fail",check!="tlsrpt",reason!="record_missing"' + more),
      $.of('mta_sts_check_problem', 'outcome="fail",reason="record_missing"' + more),
      $.domain,
      $.of('mta_sts_check_ok', 'check=~"lifecycle|expectation"'),
    ],

  // Domains of which nothing conclusive is known for longer than probe.hold: three intervals, 15 minutes at least.
  not_known::
    '(%s unless %s %s > on (job, instance) group_left () (time() - clamp_min(3 * %s, 900)))' % [
      $.of('mta_sts_domain_info'),
      $.domain,
      $.of('mta_sts_domain_last_conclusive_timestamp_seconds'),
      $.of('mta_sts_exporter_probe_interval_seconds', 'kind="domain"'),
    ],

  days(expr):: '(%s - time()) / 86400' % expr,

  // The earlier of the ends of leaf and chain.
  cert_end(prefix, matchers='')::
    '(%s < %s or %s)' % [
      $.of(prefix + '_cert_chain_not_after_timestamp_seconds', matchers),
      $.of(prefix + '_cert_not_after_timestamp_seconds', matchers),
      $.of(prefix + '_cert_not_after_timestamp_seconds', matchers),
    ],

  // Share of the lifetime of the leaf that is left; beyond its end 0.
  cert_left(prefix, matchers='')::
    'clamp_min((%s - time()) / (%s - %s), 0)' % [
      $.of(prefix + '_cert_not_after_timestamp_seconds', matchers),
      $.of(prefix + '_cert_not_after_timestamp_seconds', matchers),
      $.of(prefix + '_cert_not_before_timestamp_seconds', matchers),
    ],
}
