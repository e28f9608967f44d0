// One domain, as a sender walks: record, policy host, policy, MX hosts, TLS, what is held.

import { badge, h, mark } from './dom.js';
import { copyable } from './copy.js';
import { endpointSection } from './endpoint.js';
import { adviceBox, problemBox } from './problem.js';
import { ask, homeLink, mxLink } from './site.js';
import { ago, moment, span } from './time.js';
import { timelineTable } from './timeline.js';
import { tlsFacts } from './tls.js';

const PUBLISH = {
  policy: 'the policy file', record: 'the TXT record', tlsrpt: 'the TXT record for reports',
};

function checkOutcome(check) {
  if (check.ok === false) return 'fail';
  if (check.problems.some((problem) => problem.outcome === 'inconclusive')) return 'inconclusive';
  return check.ok === true ? 'ok' : 'absent';
}

// A step of the walk with the checks that belong to it.
function step(page, title, checks, ...content) {
  const shown = checks.filter((name) => page.checks[name]);
  return h('li', null, h('section', null,
    h('h2', null, title, shown.map((name) => [' ', badge(checkOutcome(page.checks[name]), name)])),
    content,
    shown.flatMap((name) => page.checks[name].problems.map(problemBox))));
}

function txtStrings(name, lookup) {
  const shown = lookup.txt.map((text) => h('pre', { tabindex: '0', 'aria-label': `TXT record of ${name}` }, text));
  const fault = lookup.fault && h('p', null, `${lookup.fault.reason}: ${lookup.fault.detail}`);
  return [
    h('p', null, h('code', null, name), lookup.txt.length === 0 && !lookup.fault ? ' has no TXT record' : '',
      lookup.ttl > 0 && ` (TTL ${lookup.ttl} s)`),
    shown, fault,
  ];
}

function fetched(fetch) {
  return h('section', null,
    h('h3', null, fetch.address),
    h('p', null, fetch.fault ? badge('fail', fetch.fault.reason) : `HTTP ${fetch.status}`,
      fetch.fault?.detail && ` ${fetch.fault.detail}`,
      fetch.status > 0 && `, ${fetch.content_type ?? 'no Content-Type'}, ${fetch.octets.toLocaleString('en')} octets`),
    tlsFacts(fetch.address, fetch.tls),
    fetch.lines.length > 0 && h('details', null, h('summary', null, `Body from ${fetch.address}`),
      h('pre', { tabindex: '0' }, fetch.lines.join('\n'))));
}

function policyHost(page) {
  const host = page.policy_host;
  const name = `mta-sts.${page.domain}`;
  if (!host) return h('p', null, h('code', null, name), ' was not looked at: no record leads there.');
  return [
    h('p', null, h('code', null, name), host.target !== name && [' leads to ', h('code', null, host.target)],
      host.provider && `, provider ${host.provider}`),
    host.fault && h('p', null, `${host.fault.reason}: ${host.fault.detail}`),
    host.fetches.map(fetched),
  ];
}

function livePolicy(policy) {
  if (!policy) return h('p', null, 'A sender finds no valid policy.');
  return h('dl', null,
    h('dt', null, 'mode'), h('dd', null, policy.mode),
    h('dt', null, 'max_age'), h('dd', null, `${policy.max_age} s (${span(policy.max_age)})`),
    h('dt', null, 'mx'), h('dd', null, policy.mx.length ? policy.mx.join(', ') : '–'));
}

function mxHosts(page) {
  if (page.mx.length === 0) return h('p', null, 'No MX host is known.');
  return page.mx.map((host) => h('section', null,
    h('h3', null, `${host.preference} `, h('a', { href: mxLink(host.name) }, host.name), ' ',
      mark(host.policy_match, 'named by the policy', 'not named by the policy'), ' ',
      mark(host.deliverable, 'deliverable', 'not deliverable')),
    host.endpoints.length === 0 && h('p', null, 'It has no address that was looked at.'),
    host.endpoints.map((endpoint) => endpointSection(host.name, endpoint))));
}

function held(page) {
  const facts = [
    ['A sender may hold another policy than the live one until', moment(page.held.until)],
    ['A sender may hold an enforce policy until', moment(page.held.enforce_until)],
    ['The policy host may go after', moment(page.held.removal_safe)],
    ['Expected here', page.expect],
  ].filter(([, value]) => value);
  if (facts.length === 0) return h('p', null, 'Nothing is known to be held.');
  return h('dl', null, facts.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
}

function suggestions(page) {
  if (page.suggestions.length === 0) return null;
  return h('section', { class: 'suggestions' },
    h('h2', null, 'Publish this'),
    h('p', { class: 'quiet' }, 'Made from what was seen; in this order. Read it before you publish it.'),
    page.suggestions.map((one) => [
      h('h3', null, one.publish === 'policy' ? h('code', null, one.where) : [h('code', null, one.where), ' IN TXT']),
      h('p', null, `This text ${one.why}.`),
      copyable(PUBLISH[one.publish], one.text)]));
}

export async function domainPage(name) {
  const page = await ask(`domains/${encodeURIComponent(name)}`);
  const verdict = page.without_mta_sts && page.verdict === 'ok' ? 'absent' : page.verdict;
  const labels = Object.entries(page.labels).map(([label, value]) => `${label}: ${value}`).join(', ');
  return {
    title: page.domain,
    content: [
      h('nav', { 'aria-label': 'Way back' }, h('a', { href: homeLink() }, 'All domains')),
      h('h1', null, page.domain),
      h('p', { class: 'verdict' }, badge(verdict), ' ', page.summary),
      h('p', { class: 'quiet' }, 'last look ', ago(page.last_probe), labels && `; ${labels}`),
      suggestions(page),
      h('ol', { class: 'walk' },
        step(page, 'TXT record', ['record'], txtStrings(`_mta-sts.${page.domain}`, page.record)),
        step(page, 'Policy host', ['policy_fetch', 'policy_servers'], policyHost(page)),
        step(page, 'Policy', ['policy_syntax'], livePolicy(page.policy)),
        step(page, 'MX hosts and their TLS', ['mx_lookup', 'mx_policy_match', 'mx_tls'], mxHosts(page)),
        step(page, 'What senders hold', ['id_fresh', 'lifecycle', 'expectation'], held(page)),
        step(page, 'Reports', ['tlsrpt'], txtStrings(`_smtp._tls.${page.domain}`, page.tlsrpt))),
      page.advisories.length > 0 && h('section', null, h('h2', null, 'Worth a look'), page.advisories.map(adviceBox)),
      h('section', null, h('h2', null, 'Timeline'), timelineTable(page.timeline)),
    ].filter(Boolean),
  };
}
