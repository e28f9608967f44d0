// MX hosts: the most used ones first, and one with its addresses and the domains that depend on it.

import { h, table } from './dom.js';
import { domainTable } from './domains.js';
import { endpointSection } from './endpoint.js';
import { List } from './list.js';
import { ask, mxLink } from './site.js';

function mxTable(answer) {
  if (answer.mx_hosts.length === 0) return h('p', null, 'No MX host fits.');
  return table('MX hosts', ['MX host', 'Provider', 'Domains', 'of them enforced'], answer.mx_hosts.map((row) => [
    h('a', { href: mxLink(row.mx) }, row.mx), row.provider, row.domains.toLocaleString('en'),
    row.enforced_domains.toLocaleString('en')]));
}

export async function mxHostsPage() {
  const query = new URLSearchParams(location.search);
  const form = h('form', { role: 'search', class: 'filters' }, h('label', null, 'MX host ', h('input',
    { type: 'search', name: 'q', value: query.get('q') ?? '', autocomplete: 'off', placeholder: 'part of the name' })));
  const list = new List({ resource: 'mx', form, draw: mxTable, keepInAddress: true });
  await list.refresh();
  return { title: 'MX hosts', content: [h('h1', null, 'MX hosts'), form, list.element] };
}

export async function mxHostPage(name) {
  const host = await ask(`mx/${encodeURIComponent(name)}`);
  const list = new List({ resource: 'domains', form: h('form'), fixed: { mx: name },
    draw: domainTable('Domains that use this MX host') });
  await list.refresh();
  const users = host.domains === 1 ? '1 domain uses it' : `${host.domains.toLocaleString('en')} domains use it`;
  return {
    title: host.mx,
    content: [
      h('h1', null, host.mx),
      h('p', null, `${users}; for ${host.enforced_domains.toLocaleString('en')} a sender may hold an enforce policy. `,
        host.provider && `Provider: ${host.provider}.`),
      h('h2', null, 'Addresses'),
      host.endpoints.length === 0 ? h('p', null, 'No address was looked at.')
        : host.endpoints.map((endpoint) => endpointSection(host.mx, endpoint, 'h3')),
      h('h2', null, 'Domains'),
      list.element,
    ].flat(),
  };
}
