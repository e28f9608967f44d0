// The exporter itself: whether what the other dashboards show can be trusted.
local lib = import 'lib.libsonnet';
local s = import 'series.libsonnet';

function(config)
  local links = (import 'links.libsonnet')(config);
  // Words and numbers of one size.
  local stat(title, description, targets, defaults) = lib.stat(title, description, targets, defaults, { text: { valueSize: 28 } });
  local rate(family, matchers='') = 'rate(%s[$__rate_interval])' % s.of(family, matchers);

  local egress(port) = { mappings: lib.states({ '1': ['open', 'good'], '0': ['blocked', 'bad'] }), noValue: 'unknown', thresholds: lib.steps('unknown') };
  local trust = {
    h: 4,
    panels: [
      stat('Exporters', 'Exporters that answer. None: nothing on any of these dashboards can be trusted.', [lib.instant('count(%s) or vector(0)' % s.of('mta_sts_exporter_build_info'))], { noValue: '0', thresholds: lib.steps('bad', [[1, 'good']]) }) { w: 3 },
      lib.label('Version', 'Version of the exporter; of several the first.', 'max by (version) (%s)' % s.of('mta_sts_exporter_build_info'), 'version', { noValue: 'unknown', color: lib.fixed('plain') }, 28) { w: 3 },
      stat('Way out, port 25', 'Blocked: no MX host at all can be connected to, most likely port 25 is closed here. Checks of MX hosts are inconclusive until it is opened; or set smtp.enabled: false. Not known: fewer than three MX hosts of three organisations.', [lib.instant('min(%s)' % s.of('mta_sts_exporter_smtp_egress_ok'))], egress('25')) { w: 3 },
      stat('Way out, port 443', 'Blocked: no policy host can be connected to any more, the way out is lost. Not known: fewer than five addresses of three organisations.', [lib.instant('min(%s)' % s.of('mta_sts_exporter_https_egress_ok'))], egress('443')) { w: 3 },
      stat('Domains not known', 'Domains without a conclusive result for longer than three intervals and 15 minutes.', [lib.instant(s.count(s.not_known))], { unit: 'short', noValue: 'unknown', thresholds: lib.steps('good', [[1, 'warning']]) }) { w: 3 },
      stat('Lag of the schedule', 'How late the oldest due probe is. More than a minute: the machine or the resolver is too slow for the interval.', [lib.instant('max(%s)' % s.of('mta_sts_exporter_schedule_lag_seconds'))], { unit: 's', decimals: 1, noValue: 'unknown', thresholds: lib.steps('good', [[60, 'warning'], [600, 'bad']]) }) { w: 3 },
      stat('Configuration', 'Whether the last reading of the configuration succeeded. If not, the one before goes on; the log says what is wrong and where.', [lib.instant('min(%s)' % s.of('mta_sts_exporter_config_last_reload_successful'))], { mappings: lib.states({ '1': ['good', 'good'], '0': ['refused', 'bad'] }), noValue: 'unknown', thresholds: lib.steps('unknown') }) { w: 3 },
      stat('Internal errors', 'Probes or requests that a bug of the exporter ended, in the time shown. Please report it, with the log.', [lib.instant('sum(increase(%s[$__range]))' % s.of('mta_sts_exporter_internal_errors_total'))], { unit: 'short', decimals: 0, noValue: 'unknown', thresholds: lib.steps('good', [[0.1, 'bad']]) }) { w: 3 },
    ],
  };

  local extent = {
    h: 4,
    panels: [
      lib.moment('Running since', 'Start of the process; of several exporters the latest.', 'max(%s)' % s.of('process_start_time_seconds'), 'unknown') { w: 3 },
      lib.moment('Configuration read', 'Time of the last successful reading of the configuration.', 'min(%s)' % s.of('mta_sts_exporter_config_last_reload_success_timestamp_seconds'), 'unknown') { w: 3 },
      stat('Domains', 'Configured domains.', [lib.instant('max(%s)' % s.of('mta_sts_exporter_domains'))], { unit: 'short', noValue: 'unknown' }) { w: 3 },
      stat('MX addresses', 'Known MX hosts times addresses: each is asked once, however many domains use it.', [lib.instant('max(%s)' % s.of('mta_sts_exporter_mx_endpoints'))], { unit: 'short', noValue: 'unknown' }) { w: 3 },
      stat('Domain interval', 'Time between two looks at a domain (probe.domain_interval).', [lib.instant('max(%s)' % s.of('mta_sts_exporter_probe_interval_seconds', 'kind="domain"'))], { unit: 's', noValue: 'unknown' }) { w: 3 },
      stat('MX interval', 'The longest time between two looks at an MX address: probe.mx_interval, stretched where many share an address.', [lib.instant('max(%s)' % s.of('mta_sts_exporter_probe_interval_seconds', 'kind="mx"'))], { unit: 's', noValue: 'unknown' }) { w: 3 },
      stat('History waits', 'Domains and MX addresses of which a change waits to be written to the history. Growing: the database is slow or away.', [lib.instant('max(%s)' % s.of('mta_sts_exporter_history_queue_length'))], { unit: 'short', noValue: 'unknown', thresholds: lib.steps('good', [[1000, 'warning']]) }) { w: 3 },
      lib.moment('History written', 'All that was seen before is in the history.', 'min(%s)' % s.of('mta_sts_exporter_history_last_write_timestamp_seconds'), 'none kept') { w: 3 },
    ],
  };

  local kinds = [
    lib.override('domain', { color: lib.fixed('plain') }),
    lib.override('mx', { color: { mode: 'fixed', fixedColor: 'purple' } }),
  ];
  local probes = {
    title: 'Probes',
    h: 8,
    panels: [
      lib.timeseries('Probes per second', 'Finished probes, by kind. Falls to nothing: the exporter hangs or has nothing to do.', [lib.range('sum by (kind) (%s)' % rate('mta_sts_exporter_probes_total'), '{{kind}}')], { unit: 'short', noValue: 'unknown' }, {}, kinds) { w: 8 },
      lib.timeseries(
        'Probes that did not pass',
        'Share of the finished probes that failed or were inconclusive. Inconclusive that rises for both kinds at once is the network or the resolver here.',
        [lib.range('sum by (kind, outcome) (%s) / on (kind) group_left () sum by (kind) (%s)' % [rate('mta_sts_exporter_probe_problems_total'), rate('mta_sts_exporter_probes_total')], '{{kind}}: {{outcome}}')],
        { unit: 'percentunit', noValue: 'no probe finished', max: 1 },
        { fillOpacity: 0 },
        [
          lib.override('domain: fail', { color: lib.fixed('bad') }),
          lib.override('mx: fail', { color: { mode: 'fixed', fixedColor: 'dark-red' } }),
          lib.override('domain: inconclusive', { color: lib.fixed('unknown') }),
          lib.override('mx: inconclusive', { color: { mode: 'fixed', fixedColor: '#5C6470' } }),
        ]
      ) { w: 8 },
      lib.timeseries('In flight and lag', 'Probes that run (left), and how late the oldest due probe is (right). A lag that grows while as many as allowed are in flight: raise the limits, or the interval.', [
        lib.range('sum by (kind) (%s)' % s.of('mta_sts_exporter_probes_in_flight'), '{{kind}} in flight'),
        lib.range('sum(%s)' % s.of('mta_sts_exporter_probe_concurrency'), 'allowed in flight'),
        lib.range('max by (kind) (%s)' % s.of('mta_sts_exporter_schedule_lag_seconds'), '{{kind}} lag'),
      ], { unit: 'short', noValue: 'unknown' }, { fillOpacity: 0 }, [
        lib.override('domain in flight', { color: lib.fixed('plain') }),
        lib.override('mx in flight', { color: { mode: 'fixed', fixedColor: 'purple' } }),
        lib.override('allowed in flight', { color: lib.fixed('unknown'), 'custom.lineStyle': { fill: 'dash', dash: [8, 8] } }),
        lib.override('domain lag', { unit: 's', 'custom.axisPlacement': 'right', color: lib.fixed('warning') }),
        lib.override('mx lag', { unit: 's', 'custom.axisPlacement': 'right', color: lib.fixed('bad') }),
      ]) { w: 8 },
    ],
  };

  local bucket = 'mta_sts_exporter_probe_duration_seconds_bucket';
  local quantile(q, kind) = lib.range('histogram_quantile(%s, sum by (le) (%s))' % [q, rate(bucket, 'kind="%s"' % kind)], '%s, %s' % [kind, if q == 0.5 then 'median' else '95th percentile']);
  local durations = {
    title: 'Durations',
    h: 8,
    panels: [
      lib.timeseries(
        'Duration of probes',
        'Wall time of finished probes. A median that rises for both kinds: resolver or network here. A high 95th percentile is normal: dead hosts cost a timeout.',
        [quantile(0.5, 'domain'), quantile(0.95, 'domain'), quantile(0.5, 'mx'), quantile(0.95, 'mx')],
        { unit: 's', noValue: 'no probe finished', min:: null },
        { fillOpacity: 0 } + lib.logarithmic
      ) { w: 8 },
    ] + [
      lib.heatmap(
        'Durations of %s probes' % kind[1],
        'How many probes took how long: the darker, the more. Two bands are normal: those that answer, and those that run into a timeout.',
        'sum by (le) (%s)' % rate(bucket, 'kind="%s"' % kind[0]),
        's'
      ) { w: 8, maxDataPoints: 60 }
      for kind in [['domain', 'domain'], ['mx', 'MX']]
    ],
  };

  local dns = {
    title: 'DNS and history',
    h: 8,
    panels: [
      lib.timeseries('DNS answers per second', 'Questions to the resolvers by result. servfail, timeout, refused that rise: see to the resolver in dns.servers before you look at domains.', [lib.range('sum by (result) (%s)' % rate('mta_sts_exporter_dns_queries_total'), '{{result}}')], { unit: 'short', noValue: 'unknown' }, {}, [
        lib.override('ok', { color: lib.fixed('good') }),
        lib.override('nodata', { color: lib.fixed('plain') }),
        lib.override('nxdomain', { color: { mode: 'fixed', fixedColor: 'purple' } }),
        lib.override('servfail', { color: lib.fixed('bad') }),
        lib.override('timeout', { color: lib.fixed('warning') }),
        lib.override('refused', { color: { mode: 'fixed', fixedColor: 'yellow' } }),
        lib.override('malformed', { color: { mode: 'fixed', fixedColor: 'dark-red' } }),
      ]) { w: 8 },
      lib.timeseries('DNS questions per second', 'Questions to the resolvers by type of record.', [lib.range('sum by (qtype) (%s)' % rate('mta_sts_exporter_dns_queries_total'), '{{qtype}}')], { unit: 'short', noValue: 'unknown' }, lib.stacked) { w: 8 },
      lib.timeseries('History', 'Changes that wait to be written (left) and attempts to read or write that failed, in five minutes (right). Errors: the log says why; what was seen stays in memory and is written later.', [
        lib.range('max(%s)' % s.of('mta_sts_exporter_history_queue_length'), 'waiting'),
        lib.range('sum(increase(%s[5m]))' % s.of('mta_sts_exporter_history_errors_total'), 'errors'),
      ], { unit: 'short', decimals: 0, noValue: 'unknown' }, { axisSoftMax: 5 }, [
        lib.override('waiting', { color: lib.fixed('plain') }),
        lib.override('errors', { color: lib.fixed('bad'), 'custom.axisPlacement': 'right' }),
      ]) { w: 8 },
    ],
  };

  local lists = {
    title: 'Lists of domains',
    h: 7,
    panels: [
      lib.timeseries('Domains by list', 'Domains that each list gave last: a glob of domain_files, a URL of domain_urls. Falls to nothing: the list was emptied, or its file removed.', [lib.range('max by (source) (%s)' % s.of('mta_sts_exporter_discovery_domains'), '{{source}}')], { unit: 'short', decimals: 0, noValue: 'all domains stand in the configuration' }, {}) { w: 8 },
      lib.timeseries('Age of the lists', 'Time since each list was last read well. Grows without end: it is bad or cannot be had; the domains that it gave before are watched on, and the log says why.', [lib.range('time() - max by (source) (%s)' % s.of('mta_sts_exporter_discovery_last_success_timestamp_seconds'), '{{source}}')], { unit: 's', noValue: 'all domains stand in the configuration' }, { fillOpacity: 0 }) { w: 8 },
      lib.timeseries('Lists that failed', 'Readings of a list that failed, in five minutes.', [lib.range('max by (source) (increase(%s[5m]))' % s.of('mta_sts_exporter_discovery_errors_total'), '{{source}}')], { unit: 'short', decimals: 0, noValue: 'all domains stand in the configuration' }, {}) { w: 8 },
    ],
  };

  local by_instance(expr) = lib.range(expr, '{{instance}}');
  local process = {
    title: 'Process',
    h: 7,
    panels: [
      lib.timeseries('CPU', 'Cores in use, by exporter.', [by_instance(rate('process_cpu_seconds_total'))], { unit: 'short', decimals: 2, noValue: 'unknown' }, {}) { w: 6 },
      lib.timeseries('Memory', 'Resident memory (what counts) and address space. Grows with domains, not with time.', [
        lib.range(s.of('process_resident_memory_bytes'), 'resident'),
        lib.range(s.of('process_virtual_memory_bytes'), 'address space'),
      ], { unit: 'bytes', noValue: 'unknown' }, { fillOpacity: 0 }, [lib.override('address space', { color: lib.fixed('unknown') }), lib.override('resident', { color: lib.fixed('plain') })]) { w: 6 },
      lib.timeseries('File descriptors', 'Open file descriptors as a share of those allowed. At 100 % no connection can be opened: raise LimitNOFILE.', [by_instance('%s / %s' % [s.of('process_open_fds'), s.of('process_max_fds')])], { unit: 'percentunit', max: 1, noValue: 'unknown' }) { w: 6 },
      lib.timeseries('Threads', 'Threads of the process: a constant.', [by_instance(s.of('process_threads'))], { unit: 'short', decimals: 0, noValue: 'unknown' }) { w: 6 },
    ],
  };

  lib.dashboard(
    config,
    config.dashboards.uids.exporter,
    'MTA-STS / Exporter',
    'The exporter itself: whether what the other dashboards show can be trusted.',
    [],
    [trust, extent, probes, durations, dns, lists, process],
    [lib.event('Exporter restarts', '%s * 1000' % s.of('process_start_time_seconds'), 'Exporter started', '{{instance}}', 'blue')]
  )
