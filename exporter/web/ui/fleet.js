// The first page: all domains, counted and listed.

import { badge, h } from './dom.js';
import { domainTable } from './domains.js';
import { List } from './list.js';
import { ask, homeLink } from './site.js';

const VERDICTS = [['fail', 'failing'], ['inconclusive', 'inconclusive'], ['ok', 'ok'], ['absent', 'without MTA-STS']];
const MODES = ['enforce', 'testing', 'none'].map((mode) => [mode, mode]);
const ORDERS = [['', 'worst first'], ['name', 'name'], ['last_probe', 'oldest look first']];

function summary(status) {
  const counts = VERDICTS.map(([verdict, words]) => h('li', null, h('a', { href: homeLink(`?verdict=${verdict}`) },
    badge(verdict, `${status.verdicts[verdict].toLocaleString('en')} ${words}`))));
  return [
    status.losing_mail > 0 && h('p', { class: 'alarm', role: 'alert' },
      `Mail is being lost: under their enforce policies senders deliver to no MX host of ${status.losing_mail} `,
      status.losing_mail === 1 ? 'domain.' : 'domains.'),
    h('ul', { class: 'counts' }, counts),
    !status.ready && h('p', null, 'The first pass is not done: domains that were not looked at yet are not in this list.'),
  ];
}

function select(name, label, options, chosen) {
  return h('label', null, label, ' ', h('select', { name },
    options.map(([value, text]) => h('option', { value, selected: value === chosen }, text))));
}

function filters(status, query) {
  const chosen = (name) => query.get(name) ?? '';
  const reasons = Object.entries(status.reasons).sort((a, b) => b[1] - a[1]);
  const gone = chosen('reason') && !(chosen('reason') in status.reasons) ? [[chosen('reason'), 0]] : [];
  return h('form', { role: 'search', class: 'filters' },
    h('label', null, 'Domain ', h('input', { type: 'search', name: 'q', value: chosen('q'), autocomplete: 'off',
      placeholder: 'part of the name' })),
    select('verdict', 'Verdict', [['', 'any'], ...VERDICTS], chosen('verdict')),
    select('reason', 'Reason', [['', 'any'], ...[...reasons, ...gone].map(([reason, count]) => [reason, `${reason} (${count})`])],
      chosen('reason')),
    select('mode', 'Mode', [['', 'any'], ...MODES], chosen('mode')),
    h('label', null, 'Label ', h('input', { name: 'label', value: chosen('label'), autocomplete: 'off',
      placeholder: 'name:value', pattern: '[^:]+:.*' })),
    select('sort', 'Order', ORDERS, chosen('sort')),
    h('button', { type: 'reset' }, 'All'));
}

export async function fleetPage() {
  const query = new URLSearchParams(location.search);
  const status = await ask('status');
  const form = filters(status, query);
  const list = new List({ resource: 'domains', form, draw: domainTable('Domains'), keepInAddress: true });
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    for (const field of form.elements) field.value = '';
    list.changed();
  });
  await list.refresh();
  return {
    content: [h('h1', null, `${status.domains.toLocaleString('en')} ${status.domains === 1 ? 'domain' : 'domains'}`),
      summary(status), form, list.element].flat().filter(Boolean),
  };
}
