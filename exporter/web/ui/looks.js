// How the last looks ended: what was not ok is kept longer.

import { badge, h, table } from './dom.js';
import { ask, domainLink } from './site.js';
import { ago, span } from './time.js';

const ASKED_BY = { schedule: 'the schedule', probe: '/probe' };

export async function looksPage() {
  const { looks } = await ask('looks');
  return {
    title: 'Last looks',
    content: [
      h('h1', null, 'Last looks'),
      h('p', { class: 'quiet' }, 'The newest first. Looks that were not ok are kept longer than others.'),
      looks.length === 0 ? h('p', null, 'Nothing was looked at yet.')
        : table('Last looks', ['Domain', 'Verdict', 'Ended', 'Took', 'Asked for by'], looks.map((look) => [
          h('a', { href: domainLink(look.domain) }, look.domain), badge(look.verdict), ago(look.finished),
          look.duration_seconds < 1 ? `${Math.round(look.duration_seconds * 1000)} ms` : span(look.duration_seconds),
          ASKED_BY[look.asked_by] ?? look.asked_by])),
    ],
  };
}
