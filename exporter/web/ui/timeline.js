// What a domain published and what became of its checks, latest first.

import { h, table } from './dom.js';
import { moment } from './time.js';

export function timelineTable(events) {
  if (events.length === 0) return h('p', null, 'Nothing changed since this exporter looks.');
  return table('Timeline', ['From', 'Last seen', 'Kind', 'What'], [...events].reverse().map((event) => [
    moment(event.time), moment(event.last_seen), event.kind, event.text]));
}
