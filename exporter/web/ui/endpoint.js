// One address of an MX host.

import { h, mark } from './dom.js';
import { problemBox } from './problem.js';
import { ago } from './time.js';
import { tlsFacts } from './tls.js';

export function endpointSection(mx, endpoint, level = 'h4') {
  const where = `${mx} at ${endpoint.address}`;
  return h('section', { class: 'endpoint' },
    h(level, null, endpoint.address, ' ', mark(endpoint.passes, 'STARTTLS and certificate pass', 'does not pass', 'not known')),
    endpoint.last_probe && h('p', { class: 'quiet' }, 'looked at ', ago(endpoint.last_probe)),
    (endpoint.problems ?? []).map(problemBox),
    tlsFacts(where, endpoint.tls),
    endpoint.smtp?.length > 0 && h('details', null, h('summary', null, `SMTP dialogue with ${where}`),
      h('pre', { tabindex: '0' }, endpoint.smtp.join('\n'))));
}
