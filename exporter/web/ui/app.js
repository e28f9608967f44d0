import { h } from './dom.js';
import { ApiError, path } from './site.js';
import { domainPage } from './domain.js';
import { fleetPage } from './fleet.js';
import { looksPage } from './looks.js';
import { mxHostPage, mxHostsPage } from './mx.js';

const PAGES = [
  [/^$/, fleetPage],
  [/^domains\/(.+)$/, domainPage],
  [/^looks$/, looksPage],
  [/^mx$/, mxHostsPage],
  [/^mx\/(.+)$/, mxHostPage],
];

async function draw(main) {
  const [pattern, page] = PAGES.find(([candidate]) => candidate.test(path)) ?? [];
  if (!page) throw new ApiError('There is no such page.');
  const [, name] = path.match(pattern);
  const { title, content } = await page(name);
  document.title = title ? `${title} – MTA-STS exporter` : 'MTA-STS exporter';
  main.replaceChildren(...content);
}

const main = document.getElementById('content');
draw(main).catch((error) => {
  const text = error instanceof ApiError ? error.message : `The exporter cannot be reached: ${error.message}`;
  main.replaceChildren(h('h1', null, 'Nothing to show'), h('p', { role: 'alert' }, text));
}).finally(() => main.removeAttribute('aria-busy'));
