import { createHash } from 'node:crypto';
import { SECRET } from '../stack/asterisk.ts';
import type { Scene } from './scene.ts';

const EVENTS = 'Events: system,call,agent,user,dtmf,cdr';

/** The session itself, every list while nobody calls, and what Asterisk says of requests that make no sense. */
export const SESSION: readonly Scene[] = [
  {
    name: 'session',
    about: 'The greeting, a login by challenge, what the session may ask, and its end',
    login: null,
    async play({ wire }) {
      await wire.act('CoreStatus');
      const challenge = /^Challenge: (.*)$/m.exec(await wire.act('Challenge', 'AuthType: MD5'))?.[1] ?? '';
      const key = createHash('md5').update(challenge).update(SECRET).digest('hex');
      await wire.act('Login', 'Username: admin', 'AuthType: MD5', `Key: ${key}`, EVENTS);
      await wire.event(/^Event: FullyBooted$/m);
      await wire.act('Ping');
      await wire.act('CoreSettings');
      await wire.act('CoreStatus');
      await wire.act('ListCommands');
      await wire.act('Events', 'EventMask: system,call,user');
      await wire.act('Events', 'EventMask: off');
      await wire.act('Events', 'EventMask: on');
      await wire.act('Filter', 'Operation: Add', 'MatchCriteria: action(exclude),name(VarSet)', 'Filter: ');
      await wire.act('Filter', 'Operation: Add', 'Filter: !Event: VarSet');
      await wire.act('ModuleCheck', 'Module: res_parking');
      await wire.act('ModuleCheck', 'Module: chan_nothing');
      await wire.act('Logoff');
    },
  },
  {
    name: 'lists',
    about: 'Every list while nobody calls',
    async play({ wire }) {
      for (const action of [
        'CoreShowChannels',
        'Status',
        'BridgeList',
        'Parkinglots',
        'ParkedCalls',
        'DeviceStateList',
        'PresenceStateList',
        'ExtensionStateList',
        'PJSIPShowEndpoints',
        'PJSIPShowContacts',
        'SIPpeers',
        'IAXpeerlist',
        'DAHDIShowChannels',
      ])
        await wire.list(action);
      for (const endpoint of ['6001', '6003', '6004', '8000', 'nobody'])
        await wire.list('PJSIPShowEndpoint', `Endpoint: ${endpoint}`);
      await wire.list('ParkedCalls', 'ParkingLot: nowhere');
      await wire.list('BridgeInfo', 'BridgeUniqueid: nowhere');
      for (const extension of ['600', '6001', '444', '555', '701', '9', 'x'])
        await wire.list('ShowDialPlan', 'Context: default', `Extension: ${extension}`);
      await wire.list('ShowDialPlan', 'Context: default');
      await wire.list('ShowDialPlan', 'Context: nowhere');
    },
  },
  {
    name: 'errors',
    about: 'What Asterisk answers to what cannot be done',
    async play({ wire }) {
      const here = 'Context: default';
      await wire.act('MakeCoffee');
      await wire.act('Hangup');
      await wire.act('Hangup', 'Channel: PJSIP/nobody-00000001');
      await wire.act('Park', 'Channel: PJSIP/nobody-00000001');
      await wire.act('Park');
      await wire.act('Redirect', 'Channel: PJSIP/nobody-00000001', here, 'Exten: 6001', 'Priority: 1');
      await wire.act('PlayDTMF', 'Channel: PJSIP/nobody-00000001', 'Digit: 1');
      await wire.act('BlindTransfer', 'Channel: PJSIP/nobody-00000001', here, 'Exten: 6001');
      await wire.act('Atxfer', 'Channel: PJSIP/nobody-00000001', here, 'Exten: 6001');
      await wire.act('Bridge', 'Channel1: PJSIP/nobody-00000001', 'Channel2: PJSIP/nobody-00000002');
      await wire.act('PJSIPNotify', 'Channel: PJSIP/nobody-00000001', 'Variable: Event=talk');
      await wire.act('Getvar', 'Channel: PJSIP/nobody-00000001', 'Variable: X');
      await wire.act('Setvar', 'Channel: PJSIP/nobody-00000001', 'Variable: X', 'Value: 1');
      await wire.act('Getvar', 'Variable: X');
      await wire.act('Setvar', 'Variable: X', 'Value: 1');
      await wire.act('Getvar', 'Variable: X');
      await wire.act('Originate');
      await wire.act('Originate', 'Channel: PJSIP/6001');
      await wire.act('Originate', 'Channel: nonsense', 'Application: Wait', 'Data: 1', 'Async: true');
      await wire.act(
        'Originate',
        ...['Channel: PJSIP/6001', here, 'Exten: nowhere', 'Priority: 1', 'Async: true'],
      );
      await wire.act('UserEvent', 'UserEvent: Postman', 'Parcels: 2');
      await wire.event(/^UserEvent: Postman$/m);
      await wire.act('UserEvent');
      await wire.act('Logoff');
    },
  },
  {
    name: 'refused-login',
    about: 'A login with a wrong secret',
    login: null,
    async play({ wire }) {
      await wire.act('Login', 'Username: admin', 'Secret: wrong');
    },
  },
  {
    name: 'rights',
    about: 'A user without the class originate',
    login: null,
    async play({ wire }) {
      await wire.act('Login', 'Username: listener', `Secret: ${SECRET}`, EVENTS);
      await wire.act('Originate', 'Channel: PJSIP/6001', 'Application: Wait', 'Data: 1', 'Async: true');
    },
  },
];
