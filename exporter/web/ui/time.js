// Times for people: all in UTC, as in bounces and logs.

import { h } from './dom.js';

const MINUTE = 60, HOUR = 3600, DAY = 86400;

export function utc(seconds) {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function span(seconds) {
  const amount = Math.abs(seconds);
  if (amount < 2 * MINUTE) return `${Math.round(amount)} s`;
  if (amount < 2 * HOUR) return `${Math.round(amount / MINUTE)} min`;
  if (amount < 2 * DAY) return `${Math.round(amount / HOUR)} h`;
  return `${Math.round(amount / DAY)} days`;
}

const now = () => Date.now() / 1000;
const secondsOf = (text) => Date.parse(text) / 1000;

// `text` is RFC 3339.
export function ago(text) {
  const seconds = secondsOf(text);
  return h('time', { datetime: text, title: utc(seconds) }, `${span(Math.max(0, now() - seconds))} ago`);
}

export function moment(text) {
  return text ? h('time', { datetime: text }, utc(secondsOf(text))) : null;
}

export function secondsLeft(seconds) {
  return seconds - now();
}
