// The table of domains, on the first page and on that of an MX host.

import { badge, h, table } from './dom.js';
import { domainLink, homeLink } from './site.js';
import { ago } from './time.js';

const unique = (values) => [...new Set(values)];

function problems(row) {
  const reasons = unique(row.problems.map((problem) => problem.reason));
  const outcome = (reason) => row.problems.find((problem) => problem.reason === reason).outcome;
  return reasons.map((reason) => [h('a', { class: `chip ${outcome(reason)}`, href: homeLink(`?reason=${reason}`),
    title: row.problems.filter((p) => p.reason === reason).map((p) => p.check).join(', ') }, reason), ' ']);
}

function labels(row) {
  return Object.entries(row.labels).map(([name, value]) => [h('a', { class: 'chip',
    href: homeLink(`?label=${encodeURIComponent(`${name}:${value}`)}`) }, `${name}: ${value}`), ' ']);
}

function domainRow(row) {
  return [
    h('a', { href: domainLink(row.domain) }, row.domain),
    [badge(row.verdict), row.delivery_ok === false && [' ', h('strong', { class: 'fail' }, 'mail is being lost')]],
    row.mode ?? '–',
    row.verdict === 'absent' ? null : problems(row),
    labels(row),
    ago(row.last_probe),
  ];
}

export function domainTable(caption) {
  return (answer) => answer.domains.length === 0 ? h('p', null, 'No domain fits.')
    : table(caption, ['Domain', 'Verdict', 'Mode', 'Problems', 'Labels', 'Last look'], answer.domains.map(domainRow));
}
