// A page of rows that follow a form: asked for anew at each change, the latest answer wins.

import { h } from './dom.js';
import { ask } from './site.js';

const TYPING_MS = 120; // pause after which a typed text is looked for

const inUse = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));

// `form` is a form element whose fields are named like the parameters of `resource`; `draw(answer)` makes elements.
export class List {
  constructor({ resource, form, fixed = {}, draw, keepInAddress = false }) {
    Object.assign(this, { resource, form, fixed, draw, keepInAddress });
    this.page = Number(keepInAddress && new URLSearchParams(location.search).get('page')) || 1;
    this.count = h('p', { class: 'count', role: 'status' });
    this.body = h('div');
    this.element = h('div', null, this.count, this.body, this.turns());
    form.addEventListener('submit', (event) => { event.preventDefault(); this.changed(); });
    form.addEventListener('change', () => this.changed());
    form.addEventListener('input', (event) => {
      if (event.target.tagName !== 'INPUT') return;
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.changed(), TYPING_MS);
    });
  }

  turns() {
    const turn = (step, text) => h('button', { type: 'button', onclick: () => this.turn(step) }, text);
    this.back = turn(-1, 'Earlier');
    this.on = turn(1, 'More');
    return h('nav', { class: 'turns', 'aria-label': 'Pages of the list' }, this.back, this.on);
  }

  turn(step) {
    this.page += step;
    return this.refresh();
  }

  changed() {
    clearTimeout(this.typing);
    this.page = 1;
    return this.refresh();
  }

  async refresh() {
    this.asked?.abort();
    const asked = this.asked = new AbortController();
    const chosen = inUse(this.form);
    try {
      const answer = await ask(this.resource, { ...chosen, ...this.fixed, page: this.page }, asked.signal);
      this.show(answer);
      if (this.keepInAddress) this.remember(chosen);
    } catch (error) {
      if (asked.signal.aborted) return;
      this.count.textContent = `Not read: ${error.message}`;
    }
  }

  show(answer) {
    this.body.replaceChildren(this.draw(answer));
    const last = Math.min(answer.total, answer.page * answer.page_size);
    const first = Math.min(last, (answer.page - 1) * answer.page_size + 1);
    this.count.textContent = answer.total <= answer.page_size && answer.page === 1
      ? `${answer.total.toLocaleString('en')} found` : `${first} to ${last} of ${answer.total.toLocaleString('en')} found`;
    this.back.disabled = answer.page === 1;
    this.on.disabled = last === answer.total;
  }

  // So that the list can be linked to, and is as it was after a way back.
  remember(chosen) {
    const query = new URLSearchParams(this.page > 1 ? { ...chosen, page: this.page } : chosen);
    history.replaceState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}`);
  }
}
