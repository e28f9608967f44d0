// What a TLS handshake showed: version, chain with its dates, faults.

import { badge, h, table } from './dom.js';
import { secondsLeft, span, utc } from './time.js';

function until(certificate) {
  const left = secondsLeft(certificate.not_after);
  const words = left < 0 ? badge('fail', `ended ${span(left)} ago`) : `ends in ${span(left)}`;
  return [utc(certificate.not_after), ' ', h('span', { class: 'quiet' }, words)];
}

function certificateRow(certificate, depth) {
  return [depth === 0 ? 'leaf' : `issuer ${depth}`, certificate.subject, certificate.issuer,
    certificate.dns_names.join(', '), utc(certificate.not_before), until(certificate)];
}

export function tlsFacts(where, tls) {
  if (!tls || (!tls.version && !tls.chain)) return null;
  return [
    tls.version && h('p', null, `${tls.version}, ${tls.cipher}${tls.group ? `, ${tls.group}` : ''}`),
    (tls.faults ?? []).map((fault) => h('p', null, badge('fail', fault.reason), ' ', fault.detail)),
    tls.chain && h('details', null, h('summary', null, `Certificates of ${where}: the first ends `, utc(Math.min(
      ...tls.chain.map((certificate) => certificate.not_after)))),
      table(`Certificates of ${where}`, ['Place', 'Subject', 'Issuer', 'Names', 'From', 'Until'],
        tls.chain.map(certificateRow))),
  ];
}
