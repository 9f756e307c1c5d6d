import type { House } from '../house.ts';
import { bridgeFields } from '../switchboard/bridge.ts';
import { type Channel, orUnknown, snapshot } from '../switchboard/channel.ts';
import { contactUri, type Endpoint } from '../switchboard/endpoint.ts';
import { escapeC } from '../wire/escape.ts';
import type { Item } from '../wire/reply.ts';
import { type Action, Refused } from './action.ts';

/** Device states in the words that the lists of PJSIP use. */
const WORDS: Readonly<Record<string, string>> = {
  NOT_INUSE: 'Not in use',
  INUSE: 'In use',
  BUSY: 'Busy',
  RINGING: 'Ringing',
  RINGINUSE: 'Ring+Inuse',
  UNAVAILABLE: 'Unavailable',
};

/** s for which a registration counts. */
const REGISTERED_FOR = 3600;

export const LISTS: readonly Action[] = [
  {
    name: 'CoreShowChannels',
    run: ({ reply, house }) =>
      reply.list(
        'Channels will follow',
        house.switchboard.channels().map((channel) => [
          'CoreShowChannel',
          {
            ...snapshot(channel),
            Application: channel.application,
            ApplicationData: channel.data,
            Duration: duration(age(house, channel)),
            BridgeId: channel.bridge ?? '',
          },
        ]),
        'CoreShowChannelsComplete',
      ),
  },
  {
    name: 'Status',
    run({ request, reply, house }) {
      const name = request.get('Channel');
      const one = house.switchboard.find(name);
      if (name !== '' && one === undefined) {
        throw new Refused('No such channel');
      }
      const items = (one === undefined ? house.switchboard.channels() : [one]).map((channel) =>
        status(house, channel),
      );
      reply.list('Channel status will follow', items, 'StatusComplete', { Items: items.length });
    },
  },
  {
    name: 'BridgeList',
    run: ({ reply, house }) =>
      reply.list(
        'Bridge listing will follow',
        [...house.switchboard.bridges.values()].map((bridge) => ['BridgeListItem', bridgeFields(bridge)]),
        'BridgeListComplete',
      ),
  },
  {
    name: 'BridgeInfo',
    run({ request, reply, house }) {
      const bridge = house.switchboard.bridges.get(request.get('BridgeUniqueid'));
      if (bridge === undefined) throw new Refused('Specified BridgeUniqueid not found');
      reply.list(
        'Bridge channel listing will follow',
        bridge.members.map((channel) => ['BridgeInfoChannel', snapshot(channel)]),
        'BridgeInfoComplete',
        bridgeFields(bridge),
      );
    },
  },
  {
    name: 'Parkinglots',
    run: ({ reply, house }) =>
      reply.list(
        'Parking lots will follow',
        [...house.lots.values()].map(({ options: { name, first, last, timeout } }) => [
          'Parkinglot',
          { Name: name, StartSpace: first, StopSpace: last, Timeout: timeout },
        ]),
        'ParkinglotsComplete',
      ),
  },
  {
    name: 'ParkedCalls',
    run({ request, reply, house }) {
      const name = request.get('ParkingLot');
      const lots = name === '' ? [...house.lots.values()] : [house.lots.get(name)];
      const items = lots.flatMap((lot) => lot?.list() ?? []);
      if (lots.includes(undefined)) throw new Refused('Requested parking lot could not be found.');
      reply.list(
        'Parked calls will follow',
        items.map((fields) => ['ParkedCall', fields]),
        'ParkedCallsComplete',
        { Total: items.length },
      );
    },
  },
  {
    name: 'DeviceStateList',
    run: ({ reply, house }) =>
      reply.list(
        'Device State Changes will follow',
        [...house.switchboard.devices.all()].map(([device, state]) => [
          'DeviceStateChange',
          { Device: device, State: state },
        ]),
        'DeviceStateListComplete',
      ),
  },
  {
    name: 'PresenceStateList',
    run: ({ reply, house }) =>
      reply.list(
        'Presence State Changes will follow',
        house.presences.list().map((fields) => ['PresenceStateChange', fields]),
        'PresenceStateListComplete',
      ),
  },
  {
    name: 'ExtensionStateList',
    run: ({ reply, house: { presences } }) =>
      reply.list(
        'Extension Statuses will follow',
        presences.hints.map((hint) => ['ExtensionStatus', presences.lamp(hint)]),
        'ExtensionStateListComplete',
      ),
  },
  {
    name: 'PJSIPShowEndpoints',
    run: ({ reply, house }) =>
      reply.list(
        'A listing of Endpoints follows, presented as EndpointList events',
        endpoints(house).map((endpoint) => [
          'EndpointList',
          {
            ...common('endpoint', endpoint.number),
            ...use(house, endpoint),
            Transport: '',
            Aor: endpoint.number,
            Auths: `auth${endpoint.number}`,
            OutboundAuths: '',
            Contacts: endpoint.registered ? `${contact(endpoint)},` : '',
          },
        ]),
        'EndpointListComplete',
      ),
  },
  {
    name: 'PJSIPShowContacts',
    run: ({ reply, house }) =>
      reply.details(
        'A listing of Contacts follows, presented as ContactList events',
        endpoints(house)
          .filter(({ registered }) => registered)
          .map((endpoint) => [
            'ContactList',
            {
              ...common('contact', `${endpoint.number};@demo`),
              ...{ ViaAddr: '192.0.2.10', ViaPort: 5060, CallId: endpoint.number },
              ...{ RegServer: house.systemName, Endpoint: endpoint.number, Uri: contactUri(endpoint) },
              UserAgent: 'Demo phone',
              ExpirationTime: expires(house),
            },
          ]),
        'ContactListComplete',
      ),
  },
  {
    name: 'PJSIPShowEndpoint',
    run({ request, reply, house }) {
      const number = request.get('Endpoint');
      const endpoint = house.switchboard.endpoints.get(`PJSIP/${number}`);
      if (endpoint === undefined) throw new Refused(`Unable to retrieve endpoint ${number}\n`);
      reply.details(
        'Following are Events for each object associated with the Endpoint',
        details(house, endpoint),
        'EndpointDetailComplete',
      );
    },
  },
];

function endpoints(house: House): Endpoint[] {
  return [...house.switchboard.endpoints.values()];
}

function common(type: string, name: string) {
  return { ObjectType: type, ObjectName: name };
}

function contact(endpoint: Endpoint): string {
  return `${endpoint.number}/${contactUri(endpoint)}`;
}

function use({ switchboard }: House, { device }: Endpoint) {
  const state = switchboard.devices.of(device);
  return { DeviceState: WORDS[state] ?? state, ActiveChannels: switchboard.of(device).length };
}

function expires({ switchboard }: House): number {
  return Math.floor(switchboard.timers.now() / 1000) + REGISTERED_FOR;
}

function details(house: House, endpoint: Endpoint): Item[] {
  const { number, caller, registered } = endpoint;
  const items: Item[] = [
    [
      'EndpointDetail',
      {
        ...common('endpoint', number),
        ...use(house, endpoint),
        ...{ Aors: number, Auth: `auth${number}`, Callerid: `"${caller.name}" <${number}>` },
      },
    ],
    ['AuthDetail', { ...common('auth', `auth${number}`), Username: number, EndpointName: number }],
    [
      'AorDetail',
      {
        ...common('aor', number),
        Contacts: registered ? contact(endpoint) : '',
        ...{ TotalContacts: Number(registered), ContactsRegistered: Number(registered) },
        EndpointName: number,
      },
    ],
  ];
  if (registered)
    items.push([
      'ContactStatusDetail',
      {
        ...{ AOR: number, URI: contactUri(endpoint), UserAgent: 'Demo phone', CallID: number },
        ...{ RegExpire: expires(house), ViaAddress: '192.0.2.10:5060', EndpointName: number },
        ID: `${number};@demo`,
      },
    ]);
  return items;
}

function status(house: House, channel: Channel): Item {
  return [
    'Status',
    {
      ...snapshot(channel),
      Type: channel.device.split('/')[0] ?? '',
      DNID: channel.dialled,
      EffectiveConnectedLineNum: orUnknown(channel.connected.number),
      EffectiveConnectedLineName: orUnknown(escapeC(channel.connected.name)),
      TimeToHangup: 0,
      BridgeID: channel.bridge ?? '',
      Application: channel.application,
      Data: channel.data,
      Nativeformats: '(alaw)',
      ...{ Readformat: 'alaw', Readtrans: '', Writeformat: 'alaw', Writetrans: '' },
      ...{ Callgroup: 0, Pickupgroup: 0 },
      Seconds: age(house, channel),
    },
  ];
}

/** s */
function age({ switchboard }: House, channel: Channel): number {
  return Math.floor((switchboard.timers.now() - channel.born) / 1000);
}

function duration(seconds: number): string {
  const part = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${part(seconds / 3600)}:${part((seconds / 60) % 60)}:${part(seconds % 60)}`;
}
