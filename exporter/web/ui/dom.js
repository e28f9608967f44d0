// Elements from data. Children become text nodes: what a domain serves cannot become markup.

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SYMBOLS = { ok: '✓', fail: '✗', inconclusive: '?', absent: '–' };
const WORDS = { ok: 'ok', fail: 'failing', inconclusive: 'inconclusive', absent: 'no MTA-STS' };

// Told by its form and its word, not by its colour alone.
export function badge(verdict, text) {
  return h('span', { class: `badge ${verdict}` }, h('span', { 'aria-hidden': 'true' }, SYMBOLS[verdict]), ' ',
    text ?? WORDS[verdict]);
}

// true, false, null (unknown, or does not apply).
export function mark(flag, good, bad, unknown) {
  if (flag === null || flag === undefined) return unknown ? badge('absent', unknown) : null;
  return flag ? badge('ok', good) : badge('fail', bad);
}

// `rows`: a list of cells each, the first of which names the row. On a narrow screen each cell stands under its head.
export function table(caption, heads, rows) {
  const cell = (content, column) => h(column === 0 ? 'th' : 'td', column === 0 ? { scope: 'row' }
    : { 'data-head': heads[column] }, content);
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h('table', null, h('caption', null, caption),
      h('thead', null, h('tr', null, heads.map((head) => h('th', { scope: 'col' }, head)))),
      h('tbody', null, rows.map((cells) => h('tr', null, cells.map(cell))))));
}
