// All domains: what loses mail now, what is broken, what ends next, what can go on. Nothing here draws a row or a line for each
// domain of a large fleet; queries over time ask for 60 points, since each point reads a series of every domain.
local lib = import 'lib.libsonnet';
local s = import 'series.libsonnet';

local coarse = { maxDataPoints: 60 };

function(config)
  local links = (import 'links.libsonnet')(config);

  local number(title, description, expr, level='plain', from=1) = lib.stat(
    title,
    description,
    [lib.instant(expr)],
    { unit: 'short', noValue: 'unknown', thresholds: if level == 'plain' then lib.steps('plain') else lib.steps('good', [[from, level]]) }
  );

  // What a broken domain costs: 3 mail is lost now, 2 a sender may hold an enforce policy, 1 neither.
  local impact = '(%s * 0 + 3 or %s (%s) * 0 + 2 or %s %s * 0 + 1)' % [
    '(%s == 0)' % s.of('mta_sts_delivery_ok'),
    s.domain,
    s.enforced,
    s.domain,
    s.of('mta_sts_domain_last_probe_timestamp_seconds'),
  ];

  local headline = {
    h: 4,
    panels: [
      number(
        'Losing mail now',
        'Domains in mode enforce of which no MX host passes: senders that honour MTA-STS hold their mail and bounce it after some days. Act now: mend the MX hosts, or serve mode testing or none under a new id. Metric: mta_sts_delivery_ok == 0.',
        s.count('%s == 0' % s.of('mta_sts_delivery_ok')),
        'bad'
      ) { w: 4 },
      number(
        'Enforce: an MX fails',
        'Domains of which a sender may hold an enforce policy, while at least one MX host would be refused. Mail still flows over the other hosts, if there are any. Find the host on the dashboard of the domain.',
        s.count(s.in_enforce('%s == 0' % s.of('mta_sts_domain_mx_deliverable'))),
        'warning'
      ) { w: 4 },
      number(
        'Policy not found',
        'Domains with MTA-STS for which a sender finds no valid policy: record, policy host, certificate or text are broken. New senders deliver without protection; senders that hold a policy go on with it until its max_age has passed.',
        s.count('%s == 0 and %s %s' % [s.of('mta_sts_policy_present'), s.domain, s.failing('check=~"record|policy_fetch|policy_syntax"')]),
        'bad'
      ) { w: 4 },
      number(
        'Held policy refuses MX',
        'Domains with an earlier enforce policy that senders may still hold, that refuses every present MX host, and that its holders cannot replace. Serve the old MX names in the policy again under a new id, or bring an old MX host back. Metric: mta_sts_cached_policy_conflict.',
        s.count('%s == 1' % s.of('mta_sts_cached_policy_conflict')),
        'bad'
      ) { w: 4 },
      number(
        'Stale ids',
        'Domains of which the policy changed and the id in the TXT record did not: a sender that holds the earlier policy does not ask again. Publish a new id.',
        s.count('%s == 1' % s.of('mta_sts_id_stale')),
        'warning'
      ) { w: 4 },
      lib.stat(
        'Next certificate end',
        'Days until the next certificate (or one of its chain) of a policy host or MX host ends. Those that have ended already are in the table below, as cert_expired or cert_chain_expired.',
        [lib.instant('(min(%(policy)s > time() or %(mx)s > time()) - time()) / 86400' % {
          policy: s.cert_end('mta_sts_policy'),
          mx: s.cert_end('mta_sts_mx'),
        })],
        { unit: 'suffix: days', decimals: 1, noValue: 'unknown', thresholds: links.day_steps }
      ) { w: 4 },
    ],
  };

  local way_out = lib.stat(
    'Way out of the prober',
    'Whether the exporter gets out to ports 25 (MX hosts) and 443 (policy hosts). If one is blocked, checks are inconclusive (egress_blocked) and no domain is to blame: see to the network of the prober. Not known: too few hosts are watched to tell.',
    [
      lib.instant('min(%s)' % s.of('mta_sts_exporter_smtp_egress_ok'), 'port 25'),
      lib.instant('min(%s)' % s.of('mta_sts_exporter_https_egress_ok'), 'port 443'),
    ],
    { mappings: lib.states({ '1': ['open', 'good'], '0': ['blocked', 'bad'] }), noValue: 'unknown' },
    { textMode: 'value_and_name', orientation: 'vertical' }
  );

  local extent = {
    h: 4,
    panels: [
      number(
        'Not known',
        'Domains without a conclusive result for longer than three intervals and 15 minutes: the resolver, the way out or a block list keeps the exporter from knowing. No check of these domains can be trusted, good or bad. See the Exporter dashboard.',
        s.count(s.not_known),
        'warning'
      ) { w: 3 },
      way_out { w: 3 },
      lib.stat(
        'Exporters',
        'Exporters that answer. None: nothing on this page can be trusted.',
        [lib.instant('count(%s) or vector(0)' % s.of('mta_sts_exporter_build_info'))],
        { unit: 'none', noValue: '0', thresholds: lib.steps('bad', [[1, 'good']]) }
      ) { w: 3 },
      number('Domains', 'Configured domains.', s.count(s.of('mta_sts_domain_info'))) { w: 3 },
      number(
        'In enforce',
        'Domains of which a sender may hold a policy with mode enforce. Counts also while the policy cannot be fetched, and after a change to testing or none until the last max_age has passed.',
        s.count(s.enforced)
      ) { w: 3 },
      number('Testing', 'Domains whose live policy has mode testing: senders report and deliver all the same.', s.count('%s == 1' % s.of('mta_sts_policy_mode', 'mode="testing"'))) { w: 3 },
      number('Without a policy', 'Domains for which a sender finds no policy: broken ones and those without MTA-STS.', s.count('%s == 0' % s.of('mta_sts_policy_present'))) { w: 3 },
      number(
        'Without TLS reports',
        'Domains with a policy and without a valid TLS-RPT record (RFC 8460): nobody tells you when senders fail.',
        s.count('%s == 1 and %s %s == 0' % [s.of('mta_sts_policy_present'), s.domain, s.of('mta_sts_check_ok', 'check="tlsrpt"')])
      ) { w: 3 },
    ],
  };

  local broken = {
    h: 12,
    panels: [
      lib.table(
        'Broken domains',
        'The 50 worst failing checks: domains that lose mail first, then those in enforce. Click the domain for all that is known of it, the reason for what it means and how to mend it.',
        [lib.rows('topk(50, max by (domain, check, reason) (%s * %s group_left () %s))' % [s.failing(), s.domain, impact])],
        [
          lib.column('Value', 'Impact', lib.state({ '3': ['mail is lost', 'bad'], '2': ['in enforce', 'warning'], '1': ['not enforced', 'plain'] }) {
            'custom.width': 130,
          }),
          links.domain_column,
          lib.column('check', 'Check', lib.width(170)),
          links.reason_column,
        ],
        ['Impact', 'Domain'],
        'no broken domain is known'
      ) { w: 15 },
      lib.ranking(
        'Reasons now',
        'How many domains fail for which reason; the 20 most frequent. Many domains with one reason at once mostly have one provider in common: see the tables of providers.',
        'topk(20, count by (reason) (group by (domain, reason) (%s)))' % s.failing(),
        links.reason_column,
        'Domains',
        'bad',
        'no broken domain is known'
      ) { w: 9 },
    ],
  };

  local modes(expr, legend) = lib.range(expr, legend);
  local over_time = {
    title: 'Over time',
    h: 8,
    panels: [
      lib.timeseries(
        'Modes',
        'Domains by the mode of the live policy. A sudden step from enforce to no policy is an outage of a policy host.',
        [
          modes('count by (mode) (group by (domain, mode) (%s == 1))' % s.of('mta_sts_policy_mode'), '{{mode}}'),
          modes('count(group by (domain) (%s == 0))' % s.of('mta_sts_policy_present'), 'no policy'),
        ],
        { noValue: 'no mode is known' },
        lib.stacked,
        links.mode_colours
      ) + coarse { w: 8 },
      lib.timeseries(
        'Failing domains by reason',
        'Domains that fail, by reason. One line that leaps is an incident; look which provider the domains have in common.',
        [lib.range('count by (reason) (group by (domain, reason) (%s))' % s.failing(), '{{reason}}')],
        { noValue: 'no broken domain is known' },
        { lineInterpolation: 'stepAfter', fillOpacity: 0, lineWidth: 2 },
        legend={ displayMode: 'table', placement: 'right', calcs: ['lastNotNull'], sortBy: 'Last *', sortDesc: true }
      ) + coarse { w: 16 },
    ],
  };

  // The providers with most failing domains, then the largest of the rest with 0.
  local providers(title, description, failing, all, label) =
    local worst = '(topk(20, %s) or topk(10, %s) * 0)' % [failing, all];
    lib.table(
      title,
      description,
      [lib.rows(worst), lib.rows('%s and on (provider) %s' % [all, worst])],
      [
        lib.column('provider', 'Provider'),
        lib.column('Value #A', 'Failing', lib.coloured { thresholds: lib.steps('good', [[1, 'bad']]), 'custom.width': 100 }),
        lib.column('Value #B', label, lib.width(100)),
      ],
      ['Failing', 'Provider'],
      'no provider is known'
    );

  local by_provider = {
    title: 'Providers',
    h: 9,
    panels: [
      providers(
        'Policy hosts by provider',
        'Where the names mta-sts.<domain> lead, by registrable domain, with the domains whose policy cannot be had. If nearly all domains of one provider fail, it is their outage: tell them, not your customers one by one.',
        'count by (provider) (group by (domain, provider) (%s and %s %s))' % [
          s.of('mta_sts_policy_host_info'),
          s.domain,
          s.failing('check=~"policy_.*"'),
        ],
        'count by (provider) (group by (domain, provider) (%s))' % s.of('mta_sts_policy_host_info'),
        'Domains'
      ) { w: 12 },
      (
        local used = 'group by (domain, provider) (%s * %s group_left (provider) %s)';
        providers(
          'MX hosts by provider',
          'Who takes the mail, by registrable domain of the MX host, with the domains that use one of its failing hosts.',
          'count by (provider) (%s)' % (used % [
                                          '(%s and %s %s)' % [s.of('mta_sts_domain_mx_preference'), s.host, s.of('mta_sts_mx_problem', 'outcome="fail"')],
                                          s.host,
                                          s.of('mta_sts_mx_info'),
                                        ]),
          'count by (provider) (%s)' % (used % [s.of('mta_sts_domain_mx_preference'), s.host, s.of('mta_sts_mx_info')]),
          'Domains'
        )
      ) { w: 12 },
    ],
  };

  local ahead = {
    title: 'What comes next',
    h: 10,
    panels: [
      lib.table(
        'Certificates of policy hosts that end next',
        'The 20 policy hosts whose certificate, or an issuer of it, ends first. Negative: it has ended. Those of MX hosts are on the dashboard MX hosts & certificates.',
        [lib.rows('bottomk(20, min by (domain) (%s))' % s.days(s.cert_end('mta_sts_policy')))],
        [links.domain_column, links.days_column('Value', 'Days left')],
        'Days left',
        'no certificate was seen',
        false
      ) { w: 8 },
      lib.table(
        'Certificates of MX hosts that end next',
        'The 20 MX addresses whose certificate, or an issuer of it, ends first, with the domains in enforce that need it.',
        [
          lib.rows('bottomk(20, min by (mx) (%s))' % s.days(s.cert_end('mta_sts_mx'))),
          lib.rows('max by (mx) (%s) and bottomk(20, min by (mx) (%s))' % [s.of('mta_sts_mx_enforced_domains'), s.cert_end('mta_sts_mx')]),
        ],
        [links.mx_column, lib.column('Value #B', 'In enforce', lib.width(100)), links.days_column('Value #A', 'Days left')],
        'Days left',
        'no certificate was seen',
        false
      ) { w: 8 },
      lib.table(
        'Ready to enforce',
        'Domains in mode testing of which every MX host passes, with the days since when. After some weeks and without failures in TLS reports: set mode enforce and change the id.',
        [lib.rows('topk(20, max by (domain) ((time() - %s and %s %s == 1) / 86400))' % [
          s.of('mta_sts_enforce_ready_since_timestamp_seconds'),
          s.domain,
          s.of('mta_sts_policy_mode', 'mode="testing"'),
        ])],
        [
          links.domain_column,
          lib.column('Value', 'Days ready', lib.coloured { decimals: 1, thresholds: lib.steps('plain', [[30, 'good']]), 'custom.width': 100 }),
        ],
        'Days ready',
        'none is known to be ready'
      ) { w: 8 },
    ],
  };

  local reading = {
    h: 4,
    panels: [lib.text('How to read this', |||
      **Red** is broken, **orange** a warning, **green** fine, **blue** a number without a verdict, **grey** not known. What could not be determined is absent, never 0. Where the numbers at the top
      say *unknown*, nothing on this page is known.

      *In enforce* means that a sender may hold an enforce policy, whatever is served now. Counts are of domains, however many exporters watch them. Click a domain, an MX host or a reason to go
      on. The links at the top keep time and selection.
    |||) { w: 24 }],
  };

  lib.dashboard(
    config,
    config.dashboards.uids.fleet,
    'MTA-STS / Fleet',
    'All domains: which lose mail, which are broken and why, what ends next.',
    [],
    [headline, extent, broken, over_time, by_provider, ahead, reading],
    [
      lib.event('Exporter restarts', '%s * 1000' % s.of('process_start_time_seconds'), 'Exporter started', '{{instance}}', 'blue'),
      // Off: on a large fleet each step reads a series of every domain.
      lib.event('Mode changes', '%s * 1000' % s.of('mta_sts_policy_mode_since_timestamp_seconds'), 'Mode changed', '{{domain}}', 'purple', false),
      lib.event('Id changes', '%s * 1000' % s.of('mta_sts_id_changed_timestamp_seconds'), 'Id changed', '{{domain}}', 'orange', false),
    ]
  )
