/** The API of this companion. All addresses are relative: under ingress the page lies somewhere below. */

const KEY = 'asterisk-companion-token';

/** The companion did not answer at all. */
export class Unreachable extends Error {}

/** Somebody has to say who they are. */
export class NotLoggedIn extends Error {}

export function token() {
  return sessionStorage.getItem(KEY);
}

export function keepToken(value) {
  if (value) sessionStorage.setItem(KEY, value);
  else sessionStorage.removeItem(KEY);
}

/**
 * @param {string} path
 * @param {object} [body] makes it a POST
 * @throws NotLoggedIn, Unreachable; an Error in words for anything else that was not done
 */
export async function ask(path, body) {
  const secret = token();
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(secret ? { authorization: `Bearer ${toLatin1(secret)}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
  }).catch(() => {
    throw new Unreachable('The companion cannot be reached.');
  });
  const answer = await response.json().catch(() => null);
  if (response.status === 401) throw new NotLoggedIn(answer?.error?.message ?? 'A token is needed.');
  if (response.ok && answer?.ok !== false) return answer;
  throw new Error(answer?.error?.message ?? `The companion answered ${response.status}.`);
}

/** The subprotocols of the live stream: the token never stands in an address, which logs would keep. */
export function protocols() {
  const secret = token();
  const version = 'asterisk-companion.v1';
  if (!secret) return [version];
  const coded = btoa(toLatin1(secret)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return [version, `bearer.${coded}`];
}

/** UTF-8 as characters of one byte: what headers and base64 take. */
function toLatin1(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
