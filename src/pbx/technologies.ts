/** Which devices a PBX has, over the channel drivers that it has loaded. */

import { listIfAny } from './lists.ts';
import type { AmiLists } from './subject.ts';

export interface FoundDevice {
  /** Device name such as `PJSIP/6001`. */
  readonly endpoint: string;
  /** What its caller ID says, `''` when that is not told. */
  readonly name: string;
  /** Device state in Asterisk's words. */
  readonly state: string;
}

/** Endpoints of PJSIP that are made for strangers and modules, not for phones. */
const NO_PHONES = new Set(['anonymous', 'dpma_endpoint']);

/** Lists of details that may be under way at once. */
const AT_ONCE = 50;

const FINDERS: readonly ((ami: AmiLists) => Promise<FoundDevice[]>)[] = [
  async (ami) => {
    const endpoints = (await listIfAny(ami, 'PJSIPShowEndpoints')) ?? [];
    const phones = endpoints.filter((item) => !NO_PHONES.has(item.ObjectName));
    const names = await callerNames(
      ami,
      phones.map((item) => item.ObjectName),
    );
    return phones.map((item, index) => ({
      endpoint: `PJSIP/${item.ObjectName}`,
      name: names[index] ?? '',
      state: item.DeviceState,
    }));
  },
  async (ami) =>
    ((await listIfAny(ami, 'SIPpeers')) ?? []).map((item) => ({
      endpoint: `SIP/${item.ObjectName}`,
      name: '',
      state: item.IPaddress === '-none-' || item.Status === 'UNREACHABLE' ? 'unavailable' : 'unknown',
    })),
  async (ami) =>
    ((await listIfAny(ami, 'IAXpeerlist')) ?? []).map((item) => ({
      endpoint: `IAX2/${item.ObjectName}`,
      name: '',
      state: item.IPaddress === '(null)' || item.Status === 'UNREACHABLE' ? 'unavailable' : 'unknown',
    })),
  async (ami) =>
    ((await listIfAny(ami, 'DAHDIShowChannels')) ?? [])
      .filter((item) => item.DAHDIChannel !== 'pseudo')
      .map((item) => ({ endpoint: `DAHDI/${item.DAHDIChannel}`, name: item.Description, state: 'unknown' })),
];

/** Every device of every driver that is loaded, in the drivers' order. */
export async function findDevices(ami: AmiLists): Promise<FoundDevice[]> {
  return (await Promise.all(FINDERS.map((find) => find(ami)))).flat();
}

/** The names in the endpoints' caller IDs, in the order asked; `''` where there is none. */
async function callerNames(ami: AmiLists, endpoints: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  for (let from = 0; from < endpoints.length; from += AT_ONCE)
    names.push(
      ...(await Promise.all(endpoints.slice(from, from + AT_ONCE).map((name) => callerName(ami, name)))),
    );
  return names;
}

async function callerName(ami: AmiLists, endpoint: string): Promise<string> {
  const items = await ami.list({ Action: 'PJSIPShowEndpoint', Endpoint: endpoint });
  for (const item of items)
    if (item.Event === 'EndpointDetail') return /^"?(.*?)"?\s*</.exec(item.Callerid)?.[1] ?? '';
  return '';
}
