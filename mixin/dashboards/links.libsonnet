// Links out of cells, texts of states, and columns that several dashboards share.
local lib = import 'lib.libsonnet';

function(config) {
  local to(uid, variable) =
    '/d/%s?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-%s=${__value.raw}&${__url_time_range}' % [uid, variable],
  local link(title, url, blank=false) = { links: [{ title: title, url: url, targetBlank: blank }] },

  domain_link:: link('Show this domain', to(config.dashboards.uids.domain, 'domain')),
  mx_link:: link('Show this MX host', to(config.dashboards.uids.mx, 'mx')),
  finding_link:: link('What it means and how to mend it', config.findingsUrl + '#${__value.raw}', true),

  domain_column:: lib.column('domain', 'Domain', $.domain_link),
  mx_column:: lib.column('mx', 'MX host', $.mx_link),
  reason_column:: lib.column('reason', 'Reason', $.finding_link),

  // Days to the end of a certificate.
  day_steps:: lib.steps('bad', [[config.certDays.critical, 'warning'], [config.certDays.warning, 'good']]),
  days_column(field, name):: lib.column(field, name, lib.coloured { unit: 'none', decimals: 1, thresholds: $.day_steps, 'custom.width': 100 }),
  left_column(field, name):: lib.column(field, name, lib.coloured {
    unit: 'percentunit',
    decimals: 0,
    thresholds: lib.steps('bad', [[0.1, 'warning'], [0.25, 'good']]),
    'custom.width': 85,
  }),
  outcome_column:: lib.column('outcome', 'Outcome', lib.state({ fail: ['fails', 'bad'], inconclusive: ['inconclusive', 'unknown'] }) {
    'custom.width': 120,
  }),

  passes:: lib.states({ '1': ['passes', 'good'], '0': ['fails', 'bad'] }),

  // Modes as series: names and colours alike everywhere.
  mode_colours:: [
    lib.override('enforce', { color: lib.fixed('good') }),
    lib.override('testing', { color: lib.fixed('plain') }),
    lib.override('none', { color: { mode: 'fixed', fixedColor: 'purple' } }),
    lib.override('no policy', { color: lib.fixed('unknown') }),
  ],
}
