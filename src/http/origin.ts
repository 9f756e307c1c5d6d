/** Where a request comes from: the machine, the page. */
import type { IncomingHttpHeaders } from 'node:http';

/** The Supervisor's own address on every installation (developers.home-assistant.io, apps, presentation). */
const SUPERVISOR = '172.30.32.2';

export function isSupervisor(address: string | undefined): boolean {
  return plain(address) === SUPERVISOR;
}

export function isLoopback(address: string | undefined): boolean {
  const ip = plain(address);
  return ip === '::1' || /^127(\.\d{1,3}){3}$/.test(ip);
}

/** Whether a host, by the name or the address that its owner wrote, is this machine. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || isLoopback(host);
}

/**
 * The request names this machine: a page elsewhere whose name was made to point here (DNS rebinding) names itself.
 */
export function namesLoopback(host: string | undefined): boolean {
  return isThisMachine(hostname(host).replace(/^\[|\]$/g, ''));
}

/**
 * The request comes from a page of ours, or from no page at all: a browser adds Origin to a POST and to a websocket,
 * and no page can change it. Behind ingress the page's own host is in X-Forwarded-Host.
 */
export function isOwnPage(headers: IncomingHttpHeaders, ingress: boolean): boolean {
  if (headers.origin === undefined) return headers['sec-fetch-site'] !== 'cross-site';
  if (!URL.canParse(headers.origin)) return false;
  const { host } = new URL(headers.origin);
  const forwarded = ingress ? first(headers['x-forwarded-host']) : undefined;
  return host === (forwarded ?? headers.host);
}

/** An IPv4 address that came over an IPv6 socket is written as such. */
function plain(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/i, '');
}

function hostname(host: string | undefined): string {
  const url = `http://${host}`;
  return host !== undefined && URL.canParse(url) ? new URL(url).hostname : '';
}

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim();
}
