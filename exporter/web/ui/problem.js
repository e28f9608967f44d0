// A problem as docs/findings.md explains it: what was found, what it means, what to do.

import { badge, h } from './dom.js';
import { documentLink } from './site.js';

export function problemBox(problem) {
  return h('div', { class: `problem ${problem.outcome}` },
    h('p', null, badge(problem.outcome, problem.reason), problem.at && ` at ${problem.at}`),
    problem.detail && h('p', null, 'Found: ', h('q', null, problem.detail)),
    h('p', null, problem.meaning),
    h('p', null, h('strong', null, 'Fix: '), problem.fix),
    h('p', { class: 'quiet' }, problem.clause && `${problem.clause}, `, h('a', { href: documentLink(problem.doc) },
      `more about ${problem.reason}`)));
}

export function adviceBox(advice) {
  return h('div', { class: 'problem' },
    h('p', null, h('strong', null, advice.advisory), ': ', advice.detail),
    h('p', null, h('strong', null, 'Fix: '), advice.fix),
    h('p', { class: 'quiet' }, advice.clause && `${advice.clause}, `, h('a', { href: documentLink(advice.doc) },
      `more about ${advice.advisory}`)));
}
