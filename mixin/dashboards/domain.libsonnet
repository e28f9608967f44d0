// One domain: everything that is known of it, from the verdict down to the cipher of each MX address.
local lib = import 'lib.libsonnet';
local s = import 'series.libsonnet';

function(config)
  local links = (import 'links.libsonnet')(config);

  local of(family, matchers='') = s.of(family, 'domain="$domain"' + (if matchers == '' then '' else ',' + matchers));

  // A series of an MX host or endpoint, only of those that the domain uses.
  local used(expr) = '%s and %s %s' % [expr, s.host, of('mta_sts_domain_mx_preference')];

  local verdict(title, description, expr, states, noValue) = lib.stat(
    title,
    description,
    [lib.instant(expr)],
    { mappings: lib.states(states), noValue: noValue, thresholds: lib.steps('unknown') },
    { text: { valueSize: lib.wordSize } }
  );
  local small = { text: { valueSize: lib.wordSize } };

  local mode_states = { '3': ['enforce', 'good'], '2': ['testing', 'plain'], '1': ['none', 'unknown'], '0': ['absent', 'unknown'] };
  local mode_of(family) = 'max(%s == 1) * 0 + 3 or max(%s == 1) * 0 + 2 or max(%s == 1) * 0 + 1' % [
    of(family, 'mode="enforce"'),
    of(family, 'mode="testing"'),
    of(family, 'mode="none"'),
  ];

  local now = {
    h: 4,
    panels: [
      verdict(
        'Mail delivery',
        'What happens to mail from senders that honour the live policy. Lost: mode enforce, and no MX host passes. Not known: no MX, no policy, or not enough is known of the MX hosts.',
        'min(%s)' % of('mta_sts_delivery_ok'),
        { '1': ['flows', 'good'], '0': ['is lost', 'bad'] },
        'not known'
      ) { w: 4 },
      verdict(
        'Policy',
        'Whether a sender that asks now finds a valid policy. If not, the checks below say where it fails.',
        'min(%s)' % of('mta_sts_policy_present'),
        { '1': ['is found', 'good'], '0': ['not found', 'bad'] },
        'not known'
      ) { w: 4 },
      verdict('Mode', 'Mode of the live policy.', mode_of('mta_sts_policy_mode'), mode_states, 'no policy') { w: 4 },
      verdict(
        'Expected mode',
        'The mode that the configuration of the exporter declares for the domain (expect).',
        '%s or max(%s == 1) * 0' % [mode_of('mta_sts_domain_expected_mode'), of('mta_sts_domain_expected_mode', 'mode="absent"')],
        mode_states,
        'not declared'
      ) { w: 4 },
      verdict(
        'Ready to enforce',
        'Whether every MX host passes, judged as if the policy were enforced. Not known: mode none, no policy, or an MX host could not be judged.',
        'min(%s)' % of('mta_sts_enforce_ready'),
        { '1': ['ready', 'good'], '0': ['not ready', 'warning'] },
        'not known'
      ) { w: 4 },
      verdict(
        'TLS reports',
        'Whether senders know where to send reports (TLS-RPT, RFC 8460): exactly one valid record at _smtp._tls.',
        'min(%s + %s)' % [of('mta_sts_tlsrpt_record_present'), of('mta_sts_tlsrpt_record_valid')],
        { '2': ['valid', 'good'], '1': ['not valid', 'warning'], '0': ['none', 'unknown'] },
        'not known'
      ) { w: 4 },
    ],
  };

  local checks = ['record', 'policy_fetch', 'policy_syntax', 'policy_servers', 'mx_lookup', 'mx_policy_match', 'mx_tls', 'id_fresh', 'lifecycle', 'expectation', 'tlsrpt'];
  local judged = {
    h: 10,
    panels: [
      lib.timeline(
        'Checks',
        'Each check in the order in which a sender walks. A gap: the check does not apply, or nothing is known.',
        [lib.range('min(%s)' % of('mta_sts_check_ok', 'check="%s"' % check), check) for check in checks],
        links.passes
      ) { w: 14 },
      lib.table(
        'What is wrong now',
        'Every check that does not pass, with the reason: click it. Inconclusive is what only the prober met, or what says nothing about MTA-STS.',
        [lib.rows('max by (check, outcome, reason) (%s)' % of('mta_sts_check_problem'))],
        [lib.column('check', 'Check', lib.width(160)), links.outcome_column, links.reason_column],
        'Outcome',
        'no problem is known'
      ) { w: 10 },
    ],
  };

  local hosts = {
    title: 'MX hosts',
    h: 7,
    panels: [
      lib.table(
        'MX hosts',
        'Policy: a pattern of the policy matches the name in the MX record. Enforced: a sender that enforces the policy delivers to the host. Empty: not known, or the mode is neither enforce nor testing.',
        [
          lib.rows('max by (mx) (%s)' % of('mta_sts_domain_mx_preference')),
          lib.rows('min by (mx) (%s)' % of('mta_sts_domain_mx_policy_match')),
          lib.rows('min by (mx) (%s)' % of('mta_sts_domain_mx_deliverable')),
          lib.rows('max by (mx) (%s)' % used(s.of('mta_sts_mx_domains'))),
        ],
        [
          lib.column('Value #A', 'Preference', { 'custom.width': 95, 'custom.align': 'right' }),
          links.mx_column,
          lib.column('Value #B', 'Policy', lib.state({ '1': ['matches', 'good'], '0': ['not named', 'bad'] }) { 'custom.width': 95 }),
          lib.column('Value #C', 'Enforced', lib.state({ '1': ['delivers', 'good'], '0': ['refuses', 'bad'] }) { 'custom.width': 95 }),
          lib.column('Value #D', 'Domains', { 'custom.width': 85, 'custom.align': 'right' }),
        ],
        'Preference',
        'no MX host is known',
        false
      ) { w: 9 },
      lib.table(
        'Addresses of the MX hosts',
        'The last conclusive look at each address: what TLS agreed on, and days to the end of the certificate or of its chain. Names of cipher and group are those of IANA.',
        [
          lib.rows('max by (mx, address) (%s)' % used(s.of('mta_sts_mx_reachable'))),
          lib.rows('max by (mx, address) (%s)' % used(s.of('mta_sts_mx_starttls'))),
          lib.rows('max by (mx, address, version, cipher, group) (%s)' % used(s.of('mta_sts_mx_tls_info'))),
          lib.rows('min by (mx, address) (%s)' % used(s.days(s.cert_end('mta_sts_mx')))),
          lib.rows('max by (mx, address, reason) (%s)' % used(s.of('mta_sts_mx_problem'))),
        ],
        [
          links.mx_column,
          lib.column('address', 'Address', lib.width(120)),
          lib.column('Value #A', 'Reached', lib.state({ '1': ['yes', 'good'], '0': ['no', 'bad'] }) { 'custom.width': 85 }),
          lib.column('Value #B', 'STARTTLS', lib.state({ '1': ['yes', 'good'], '0': ['no', 'bad'] }) { 'custom.width': 90 }),
          lib.column('version', 'TLS', lib.width(75)),
          lib.column('cipher', 'Cipher', lib.width(220)),
          lib.column('Value #D', 'Days left', lib.coloured { decimals: 1, thresholds: links.day_steps, 'custom.width': 90 }),
          links.reason_column,
        ],
        'MX host',
        'no address is known',
        false
      ) { w: 15 },
    ],
  };

  local days(expr) = s.days(expr);
  local certificates = {
    title: 'Policy host and certificates',
    h: 4,
    panels: [
      lib.table(
        'Policy host',
        'Where mta-sts.<domain> leads and whose certificate it shows: of several addresses the one whose certificate ends first.',
        [
          lib.rows('max by (target, provider) (%s)' % of('mta_sts_policy_host_info')),
        ],
        [lib.column('target', 'Name at the end of the CNAME chain'), lib.column('provider', 'Provider', lib.width(160))],
        'Provider',
        'no address is known',
        false
      ) { w: 7 },
      lib.table(
        'Certificate of the policy host',
        'Valid: chain, dates, purpose and name pass at every address.',
        [
          lib.rows('max by (issuer, serial, fingerprint_sha256) (%s)' % of('mta_sts_policy_cert_info')),
        ],
        [lib.column('issuer', 'Issuer'), lib.column('serial', 'Serial', lib.width(330)), lib.column('fingerprint_sha256', 'SHA-256', lib.width(505))],
        'Issuer',
        'no certificate was seen',
        false
      ) { w: 17 },
    ],
  };

  local host_numbers = {
    h: 4,
    panels: [
      verdict('Certificate', 'Whether the certificate of the policy host passes at every address: chain, dates, purpose, name.', 'min(%s)' % of('mta_sts_policy_cert_valid'), { '1': ['valid', 'good'], '0': ['not valid', 'bad'] }, 'not known') { w: 3 },
      lib.stat('Certificate ends', 'Days to the end of the certificate of the policy host. Negative: it has ended.', [lib.instant('min(%s)' % s.days(of('mta_sts_policy_cert_not_after_timestamp_seconds')))], { unit: 'suffix: days', decimals: 1, noValue: 'none seen', thresholds: links.day_steps }, small) { w: 3 },
      lib.stat('Its chain ends', 'Days to the earliest end in the chain to a trusted root. Less than the certificate has: an issuer ends first.', [lib.instant('min(%s)' % s.days(of('mta_sts_policy_cert_chain_not_after_timestamp_seconds')))], { unit: 'suffix: days', decimals: 1, noValue: 'no chain', thresholds: links.day_steps }, small) { w: 3 },
      lib.stat('Lifetime left', 'Share of the lifetime of the certificate that is left. Automatic renewal comes at a third; below a quarter it has failed.', [lib.instant('min(%s)' % s.cert_left('mta_sts_policy', 'domain="$domain"'))], { unit: 'percentunit', decimals: 0, noValue: 'none seen', thresholds: lib.steps('bad', [[0.1, 'warning'], [0.25, 'good']]) }, small) { w: 3 },
      lib.stat(
        'Addresses',
        'Addresses of the policy host that serve a valid policy, of those that this machine can route. A sender takes any one of them.',
        [lib.instant('min(%s)' % of('mta_sts_policy_addresses_ok'), 'serve it'), lib.instant('min(%s)' % of('mta_sts_policy_addresses'), 'of')],
        { noValue: 'none' },
        { textMode: 'value_and_name', text: { valueSize: lib.wordSize } }
      ) { w: 3 },
      verdict('Same policy', 'Whether all addresses that serve a valid policy serve the same. Not known with fewer than two.', 'min(%s)' % of('mta_sts_policy_consistent'), { '1': ['same', 'good'], '0': ['differ', 'bad'] }, 'one address') { w: 3 },
      lib.stat('HTTP status', 'Status of the answer that decides. Only 200 serves a policy: senders follow no redirect.', [lib.instant('max(%s)' % of('mta_sts_policy_fetch_http_status_code'))], { noValue: 'no answer', thresholds: lib.steps('bad', [[200, 'good'], [201, 'bad']]) }, small) { w: 3 },
      lib.moment('Last served', 'When a valid policy was served for the last time.', 'max(%s)' % of('mta_sts_policy_last_success_timestamp_seconds'), 'never seen') { w: 3 },
    ],
  };

  local policy = {
    title: 'Record and policy: what senders may hold',
    h: 4,
    panels: [
      verdict('TXT record', 'Whether there is exactly one MTA-STS record and it follows RFC 8461 3.1.', 'min(%s + %s)' % [of('mta_sts_record_present'), of('mta_sts_record_valid')], { '2': ['valid', 'good'], '1': ['not valid', 'bad'], '0': ['none', 'unknown'] }, 'not known') { w: 3 },
      lib.label('Id', 'Id in the TXT record, while it is valid.', 'max by (id) (%s)' % of('mta_sts_record_info'), 'id', { noValue: 'no valid record', color: lib.fixed('plain') }) { w: 6 },
      verdict('Id is', 'Stale: the policy changed and the id did not; a sender that holds the earlier policy does not ask again. Publish a new id.', 'max(%s)' % of('mta_sts_id_stale'), { '0': ['fresh', 'good'], '1': ['stale', 'warning'] }, 'not known') { w: 3 },
      lib.stat('max_age', 'How long a sender holds the policy. Two weeks or more are recommended in mode enforce.', [lib.instant('max(%s)' % of('mta_sts_policy_max_age_seconds'))], { unit: 'dtdurations', noValue: 'no policy', thresholds: lib.steps('warning', [[86400, 'good']]) }, small) { w: 3 },
      lib.stat('MX patterns', 'Patterns in the policy, and how many of them match no MX host: spares, or hosts that have gone.', [lib.instant('max(%s)' % of('mta_sts_policy_mx_patterns'), 'patterns'), lib.instant('max(%s)' % of('mta_sts_policy_mx_patterns_unused'), 'unused')], { noValue: 'no policy' }, { textMode: 'value_and_name', text: { valueSize: lib.wordSize } }) { w: 3 },
      verdict('Held policy', 'Conflict: an earlier enforce policy that senders may still hold refuses every present MX host, and its holders cannot learn better. Name the old MX hosts in the policy under a new id, or bring one back.', 'max(%s)' % of('mta_sts_cached_policy_conflict'), { '0': ['no conflict', 'good'], '1': ['conflict', 'bad'] }, 'not known') { w: 3 },
      verdict('Exposed', 'The same for senders that do not look at the id before max_age has passed: yes means that they refuse the present MX hosts.', 'max(%s)' % of('mta_sts_cached_policy_exposed'), { '0': ['not exposed', 'good'], '1': ['exposed', 'warning'] }, 'not known') { w: 3 },
    ],
  };

  local moments = {
    h: 4,
    panels: [
      lib.moment('Mode since', 'Since when the present mode has been seen.', 'max(%s)' % of('mta_sts_policy_mode_since_timestamp_seconds'), 'no policy') { w: 3 },
      lib.moment('Policy changed', 'Last change of meaning (mode, MX patterns, max_age) that was seen.', 'max(%s)' % of('mta_sts_policy_changed_timestamp_seconds'), 'no change seen') { w: 3 },
      lib.moment('Id changed', 'Last change of the id that was seen. It should come after each change of the policy.', 'max(%s)' % of('mta_sts_id_changed_timestamp_seconds'), 'no change seen') { w: 3 },
      lib.moment('Ready since', 'Since when every MX host has passed.', 'max(%s)' % of('mta_sts_enforce_ready_since_timestamp_seconds'), 'not ready') { w: 3 },
      lib.moment('Enforce held until', 'The last moment at which a sender can hold a policy with mode enforce. Until then a change of MX hosts must keep to it.', 'max(%s)' % of('mta_sts_enforce_held_until_timestamp_seconds'), 'never enforced') { w: 3 },
      lib.moment('Other held until', 'The last moment at which a sender can hold a policy with another meaning than the live one.', 'max(%s)' % of('mta_sts_cached_policy_expiry_timestamp_seconds'), 'no other') { w: 3 },
      lib.moment('Safe to remove', 'Mode none: from when record and policy can be deleted (RFC 8461 8.3).', 'max(%s)' % of('mta_sts_removal_safe_timestamp_seconds'), 'mode is not none') { w: 3 },
      lib.moment('Last conclusive look', 'End of the last look in which every check but mx_tls and tlsrpt gave a result. Old: what you see here is what was held, or nothing.', 'max(%s)' % of('mta_sts_domain_last_conclusive_timestamp_seconds'), 'never') { w: 3 },
    ],
  };

  local over_time = {
    title: 'Over time',
    h: 8,
    panels: [
      lib.timeline('Mode', 'Mode of the live policy. A gap: no policy is found, or nothing is known.', [
        lib.range(mode_of('mta_sts_policy_mode'), 'mode'),
        lib.range('min(%s)' % of('mta_sts_delivery_ok') + ' + 10', 'delivery'),
        lib.range('max(%s)' % of('mta_sts_id_stale') + ' + 20', 'id'),
      ], lib.states({
        '3': ['enforce', 'good'],
        '2': ['testing', 'plain'],
        '1': ['none', 'unknown'],
        '11': ['mail flows', 'good'],
        '10': ['mail is lost', 'bad'],
        '20': ['fresh', 'good'],
        '21': ['stale', 'warning'],
      })) { w: 8, title: 'Mode, delivery, id' },
      lib.timeseries(
        'Certificates: days left',
        'Policy host and MX addresses. A saw-tooth is healthy: each step up is a renewal. A line that goes on falling below 14 days is a renewal that has failed.',
        [
          lib.range('min(%s)' % days(s.cert_end('mta_sts_policy', 'domain="$domain"')), 'policy host'),
          lib.range('min by (mx) (%s)' % used(days(s.cert_end('mta_sts_mx'))), '{{mx}}'),
        ],
        { unit: 'none', decimals: 1, noValue: 'no certificate was seen', min:: null, thresholds: links.day_steps },
        { thresholdsStyle: { mode: 'line' }, fillOpacity: 0 }
      ) { w: 8 },
      lib.timeseries(
        'Durations',
        'How long the last looks took: of the whole domain, of the policy fetch that decides, of the dialogue with each MX host.',
        [
          lib.range('max(%s)' % of('mta_sts_domain_probe_duration_seconds'), 'whole look'),
          lib.range('max(%s)' % of('mta_sts_policy_fetch_duration_seconds'), 'policy fetch'),
          lib.range('max by (mx) (%s)' % used(s.of('mta_sts_mx_probe_duration_seconds')), '{{mx}}'),
        ],
        { unit: 's', noValue: 'no look yet' }
      ) { w: 8 },
    ],
  };

  lib.dashboard(
    config,
    config.dashboards.uids.domain,
    'MTA-STS / Domain',
    'One domain: verdict, checks, MX hosts, certificates, what senders may hold.',
    [lib.query('domain', 'Domain', 'label_values(mta_sts_domain_info{job=~"$job",instance=~"$instance"}, domain)', {
      multi: false,
      includeAll: false,
      allValue: null,
      current: {},
    })],
    [now, judged, hosts, certificates, host_numbers, policy, moments, over_time],
    [
      lib.event('Mode changes', '%s * 1000' % of('mta_sts_policy_mode_since_timestamp_seconds'), 'Mode changed', '{{domain}}', 'purple'),
      lib.event('Policy changes', '%s * 1000' % of('mta_sts_policy_changed_timestamp_seconds'), 'Policy changed', '{{domain}}', 'green'),
      lib.event('Id changes', '%s * 1000' % of('mta_sts_id_changed_timestamp_seconds'), 'Id changed', '{{domain}}', 'orange'),
      lib.event('Exporter restarts', '%s * 1000' % s.of('process_start_time_seconds'), 'Exporter started', '{{instance}}', 'blue'),
    ]
  )
