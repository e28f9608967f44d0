// A text to publish, with a button that copies it as it is.

import { h } from './dom.js';

// Without https or localhost a browser has no clipboard for us: what is selected is copied the old way.
async function copy(block) {
  if (window.isSecureContext && navigator.clipboard) return navigator.clipboard.writeText(block.textContent);
  const selection = getSelection();
  selection.selectAllChildren(block);
  if (!document.execCommand('copy')) throw new Error('the browser does not copy');
}

export function copyable(label, text) {
  const block = h('pre', { tabindex: '0', 'aria-label': label }, text);
  const said = h('span', { role: 'status' });
  const button = h('button', {
    type: 'button', 'aria-label': `Copy ${label}`,
    onclick: () => copy(block).then(() => { said.textContent = 'copied'; },
      () => { said.textContent = 'select the text and copy it'; }),
  }, 'Copy');
  return h('div', { class: 'copyable' }, block, h('p', null, button, ' ', said));
}
