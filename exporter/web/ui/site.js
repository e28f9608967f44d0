// Where things are. Links are relative to the root of the site, whatever prefix it is served under.

const root = new URL(document.body.dataset.root, location.href);
const docs = document.body.dataset.docs;

export const path = decodeURIComponent(location.pathname.slice(root.pathname.length));

export const homeLink = (query = '') => `${root.pathname}${query}`;
export const domainLink = (name) => `${root.pathname}domains/${encodeURIComponent(name)}`;
export const mxLink = (name) => `${root.pathname}mx/${encodeURIComponent(name)}`;
// The API says "docs/findings.md#cert_expired".
export const documentLink = (doc) => doc.replace(/^docs/, docs);

export class ApiError extends Error {}

// JSON of the API; the server's own sentence as ApiError.
export async function ask(resource, parameters = {}, signal) {
  const url = new URL(`api/v1/${resource}`, root);
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) if (each !== '' && each !== undefined) url.searchParams.append(name, each);
  }
  const reply = await fetch(url, { signal, headers: { Accept: 'application/json' } });
  const answer = await reply.json().catch(() => ({ error: `the exporter answered ${reply.status}` }));
  if (!reply.ok) throw new ApiError(answer.error);
  return answer;
}
