// MX hosts and their certificates, each once, however many domains use it.
local lib = import 'lib.libsonnet';
local s = import 'series.libsonnet';

local coarse = { maxDataPoints: 60 };

function(config)
  local links = (import 'links.libsonnet')(config);
  local of(family, matchers='') = s.of(family, 'mx=~"$mx"' + (if matchers == '' then '' else ',' + matchers));
  local endpoints(expr) = s.count(expr, 'mx, address');
  local failing = of('mta_sts_mx_problem', 'outcome="fail"');

  local number(title, description, expr, level='plain') = lib.stat(
    title,
    description,
    [lib.instant(expr)],
    { unit: 'short', noValue: 'unknown', thresholds: if level == 'plain' then lib.steps('plain') else lib.steps('good', [[1, level]]) }
  );

  local headline = {
    h: 4,
    panels: [
      number(
        'Failing, in enforce',
        'MX addresses that fail and that enforce policies name: senders that honour them do not deliver there. Mend these first.',
        endpoints('%s and %s %s > 0' % [failing, s.host, of('mta_sts_mx_enforced_domains')]),
        'bad'
      ) { w: 4 },
      number('Failing', 'MX addresses whose STARTTLS, TLS or certificate does not pass. Where no domain enforces, mail still flows.', endpoints(failing), 'warning') { w: 4 },
      lib.stat(
        'Next certificate end',
        'Days until the next certificate of an MX host, or an issuer of it, ends. Those that have ended already are in the table of failing addresses.',
        [lib.instant('(min(%s > time()) - time()) / 86400' % s.cert_end('mta_sts_mx', 'mx=~"$mx"'))],
        { unit: 'suffix: days', decimals: 1, noValue: 'unknown', thresholds: links.day_steps }
      ) { w: 4 },
      number('Not reached', 'MX addresses that gave no greeting at the last look. Says nothing about MTA-STS: mail waits or takes another host. Many at once: see the way out on the Exporter dashboard.', endpoints('%s == 0' % of('mta_sts_mx_reachable')), 'warning') { w: 4 },
      number(
        'Not known',
        'MX addresses without a conclusive look, ever or for longer than three intervals and 15 minutes: nothing is known of their TLS.',
        endpoints('%s < on (job, instance) group_left () (time() - clamp_min(3 * %s, 900)) or %s unless %s %s' % [
          of('mta_sts_mx_last_conclusive_timestamp_seconds'),
          s.of('mta_sts_exporter_probe_interval_seconds', 'kind="mx"'),
          of('mta_sts_mx_problem', 'outcome="inconclusive"'),
          s.endpoint,
          of('mta_sts_mx_last_conclusive_timestamp_seconds'),
        ]),
        'warning'
      ) { w: 4 },
      number('MX hosts', 'Names in the MX records of configured domains.', s.count(of('mta_sts_mx_info'), 'mx')) { w: 4 },
    ],
  };

  local broken = {
    h: 11,
    panels: [
      lib.table(
        'Failing addresses',
        'The 50 failing MX addresses that most enforce policies depend on. In enforce: domains with a held enforce policy that names the host. Domains: all that use it. Click the reason for how to mend it.',
        [
          lib.rows('topk(50, max by (mx, address, reason) (%s * %s group_left () %s))' % [failing, s.host, of('mta_sts_mx_enforced_domains')]),
          lib.rows('max by (mx, address, reason) (%s * %s group_left () %s) and topk(50, max by (mx, address, reason) (%s * %s group_left () %s))' % [
            failing,
            s.host,
            of('mta_sts_mx_domains'),
            failing,
            s.host,
            of('mta_sts_mx_enforced_domains'),
          ]),
        ],
        [
          lib.column('Value #A', 'In enforce', lib.coloured { thresholds: lib.steps('plain', [[1, 'bad']]), 'custom.width': 100, 'custom.align': 'right' }),
          lib.column('Value #B', 'Domains', { 'custom.width': 90, 'custom.align': 'right' }),
          links.mx_column,
          lib.column('address', 'Address', lib.width(140)),
          links.reason_column,
        ],
        ['In enforce', 'MX host'],
        'no failing address is known'
      ) { w: 15 },
      lib.ranking(
        'Reasons now',
        'MX addresses by reason, the 20 most frequent. Inconclusive ones are not counted: they say nothing about TLS.',
        'topk(20, count by (reason) (group by (mx, address, reason) (%s)))' % failing,
        links.reason_column,
        'Addresses',
        'bad',
        'no failing address is known'
      ) { w: 9 },
    ],
  };

  local end = s.cert_end('mta_sts_mx', 'mx=~"$mx"');
  local soonest = 'bottomk(50, min by (mx, address) (%s))' % end;
  local certificates = {
    title: 'Certificates',
    h: 11,
    panels: [
      lib.table(
        'Certificates that end next',
        'The 50 MX addresses whose certificate, or an issuer of it, ends first. Lifetime: the share that is left; automatic renewal comes at a third, below a quarter it has failed. Negative days: it has ended.',
        [
          lib.rows('(%s - time()) / 86400' % soonest),
          lib.rows('max by (mx, address) (%s) and on (mx, address) %s' % [s.cert_left('mta_sts_mx', 'mx=~"$mx"'), soonest]),
          lib.rows('max by (mx, address, issuer) (%s) and on (mx, address) %s' % [of('mta_sts_mx_cert_info'), soonest]),
          lib.rows('max by (mx, address) (%s) and on (mx, address) %s' % [of('mta_sts_mx_cert_valid'), soonest]),
        ],
        [
          links.days_column('Value #A', 'Days left'),
          links.left_column('Value #B', 'Lifetime'),
          lib.column('Value #D', 'Certificate', lib.state({ '1': ['valid', 'good'], '0': ['not valid', 'bad'] }) { 'custom.width': 105 }),
          links.mx_column,
          lib.column('address', 'Address', lib.width(120)),
          lib.column('issuer', 'Issuer', lib.width(340)),
        ],
        'Days left',
        'no certificate was seen',
        false
      ) { w: 16 },
      lib.ranking(
        'Issuers',
        'MX addresses by the issuer of the certificate, the 20 most frequent. Useful when a CA revokes or ends an intermediate.',
        'topk(20, count by (issuer) (group by (mx, address, issuer) (%s)))' % of('mta_sts_mx_cert_info'),
        lib.column('issuer', 'Issuer', lib.width(340)),
        'Addresses',
        'plain',
        'no certificate was seen'
      ) { w: 8 },
    ],
  };

  local over_time = {
    title: 'Over time',
    h: 8,
    panels: [
      lib.timeseries(
        'Failing addresses by reason',
        'MX addresses that fail, by reason.',
        [lib.range('count by (reason) (group by (mx, address, reason) (%s))' % failing, '{{reason}}')],
        { noValue: 'no failing address is known' },
        { lineInterpolation: 'stepAfter', fillOpacity: 0, lineWidth: 2 },
        legend={ displayMode: 'table', placement: 'right', calcs: ['lastNotNull'], sortBy: 'Last *', sortDesc: true }
      ) + coarse { w: 9 },
      lib.timeseries(
        'Reached and STARTTLS',
        'MX addresses that greeted at the last look, that did not, and that offered and accepted STARTTLS. If all drop at once, the prober is cut off.',
        [
          lib.range(endpoints('%s == 1' % of('mta_sts_mx_reachable')), 'reached'),
          lib.range(endpoints('%s == 0' % of('mta_sts_mx_reachable')), 'not reached'),
          lib.range(endpoints('%s == 1' % of('mta_sts_mx_starttls')), 'STARTTLS'),
          lib.range(endpoints('%s == 0' % of('mta_sts_mx_starttls')), 'no STARTTLS'),
        ],
        { noValue: 'no MX host' },
        { fillOpacity: 0 },
        [
          lib.override('reached', { color: lib.fixed('good') }),
          lib.override('not reached', { color: lib.fixed('unknown') }),
          lib.override('STARTTLS', { color: lib.fixed('plain') }),
          lib.override('no STARTTLS', { color: lib.fixed('bad') }),
        ]
      ) + coarse { w: 8 },
      lib.timeseries(
        'TLS versions',
        'MX addresses by the TLS version of the last handshake.',
        [lib.range('count by (version) (group by (mx, address, version) (%s))' % of('mta_sts_mx_tls_info'), '{{version}}')],
        { noValue: 'no handshake' },
        lib.stacked,
        [lib.override('TLSv1.3', { color: lib.fixed('good') }), lib.override('TLSv1.2', { color: lib.fixed('plain') })]
      ) + coarse { w: 7 },
    ],
  };

  local duration = of('mta_sts_mx_probe_duration_seconds');
  local conduct = {
    title: 'Dialogues',
    h: 9,
    panels: [
      lib.timeseries(
        'Duration of the last dialogues',
        'How long the last SMTP dialogues took. A rise of the median is mostly the network of the prober; of the 99th percentile, tar-pits and dead hosts.',
        [lib.range('quantile(%s, %s)' % [q[0], duration], q[1]) for q in [['0.5', 'median'], ['0.9', '90th percentile'], ['0.99', '99th percentile']]],
        { unit: 's', noValue: 'no dialogue yet', min:: null },
        { fillOpacity: 0 } + lib.logarithmic
      ) + coarse { w: 8 },
      lib.table(
        'Slowest addresses',
        'The 20 longest last dialogues, and when they ended. A host near the timeout (smtp.timeout) soon becomes inconclusive.',
        [
          lib.rows('topk(20, max by (mx, address) (%s))' % duration),
          lib.rows('max by (mx, address) (%s) * 1000 and topk(20, max by (mx, address) (%s))' % [of('mta_sts_mx_last_probe_timestamp_seconds'), duration]),
        ],
        [
          lib.column('Value #A', 'Duration', { unit: 's', decimals: 2, 'custom.width': 90 }),
          links.mx_column,
          lib.column('address', 'Address', lib.width(110)),
          lib.column('Value #B', 'Last look', { unit: 'dateTimeFromNow', 'custom.width': 145 }),
        ],
        'Duration',
        'no dialogue yet'
      ) { w: 9 },
      lib.table(
        'Most used hosts',
        'The 20 MX hosts that most domains use: what breaks there is felt most.',
        [
          lib.rows('topk(20, max by (mx) (%s))' % of('mta_sts_mx_domains')),
          lib.rows('max by (mx) (%s) and topk(20, max by (mx) (%s))' % [of('mta_sts_mx_enforced_domains'), of('mta_sts_mx_domains')]),
        ],
        [
          lib.column('Value #A', 'Domains', { 'custom.width': 90 }),
          lib.column('Value #B', 'In enforce', { 'custom.width': 100 }),
          links.mx_column,
        ],
        'Domains',
        'no MX host'
      ) { w: 7 },
    ],
  };

  lib.dashboard(
    config,
    config.dashboards.uids.mx,
    'MTA-STS / MX hosts & certificates',
    'MX hosts: which fail, which certificates end next, TLS and durations.',
    [lib.query('mx', 'MX host', 'label_values(mta_sts_mx_info{job=~"$job",instance=~"$instance"}, mx)')],
    [headline, broken, certificates, over_time, conduct],
    [lib.event('Exporter restarts', '%s * 1000' % s.of('process_start_time_seconds'), 'Exporter started', '{{instance}}', 'blue')]
  )
