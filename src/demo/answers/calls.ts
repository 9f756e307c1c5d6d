import type { Channel, Party } from '../switchboard/channel.ts';
import { press } from '../switchboard/digits.ts';
import { type ConnectedLine, Originate, type OriginateOptions } from '../switchboard/originate.ts';
import { blindTransfer, redirect } from '../switchboard/transfers.ts';
import { wait } from '../switchboard/wait.ts';
import type { Request } from '../wire/request.ts';
import { type Action, type ActionRun, Refused } from './action.ts';
import { functionOf } from './functions.ts';

/** ms for which Asterisk is silent after it has answered a channel to park it. */
const ANSWER_MS = 500;
/** ms that a key is held when the action does not say it. */
const KEY_MS = 100;
/** ms between the keys that Atxfer types, and the code of the feature. */
const TYPED_MS = 150;
const ATXFER = '*2';

export const CALLS: readonly Action[] = [
  { name: 'Originate', run: originate },
  {
    name: 'Hangup',
    run({ request, reply, house }) {
      const name = request.get('Channel');
      if (name === '') throw new Refused('No channel specified');
      const channel = house.switchboard.find(name);
      if (channel === undefined) throw new Refused('No such channel');
      reply.ok('Channel Hungup');
      house.switchboard.hangUp(channel, { cause: Number(request.get('Cause')) || 16, tech: 0 });
    },
  },
  {
    name: 'Redirect',
    run({ request, reply, house }) {
      const name = request.get('Channel');
      const channel = house.switchboard.find(name);
      if (channel === undefined) throw new Refused(`Channel does not exist: ${name}`);
      reply.ok('Redirect successful');
      redirect(house.dialplan, channel, request.get('Context'), request.get('Exten'));
    },
  },
  { name: 'Park', run: park },
  {
    name: 'PlayDTMF',
    run({ request, reply, house, session }) {
      const channel = house.switchboard.find(request.get('Channel'));
      if (channel === undefined) throw new Refused('Channel not found');
      const ms = Number(request.get('Duration')) || KEY_MS;
      const queued = 'DTMF successfully queued';
      if (request.says('Receive')) {
        reply.ok(queued);
        press(house.switchboard, channel, request.get('Digit'), ms);
        return;
      }
      // Sending takes as long as the key is held, and the session waits for it.
      const release = session.hold();
      house.switchboard.timers.after(ms, () => {
        reply.ok(queued);
        release();
      });
    },
  },
  {
    name: 'BlindTransfer',
    run({ request, reply, house }) {
      const channel = house.switchboard.find(request.get('Channel'));
      if (channel === undefined) throw new Refused('Channel specified does not exist');
      const { switchboard, dialplan } = house;
      const [context, exten] = [request.get('Context') || channel.context, request.get('Exten')];
      if (blindTransfer(switchboard, dialplan, channel, context, exten, () => reply.ok('Transfer succeeded')))
        return;
      throw new Refused('Transfer not permitted');
    },
  },
  {
    // No call of the demo was dialled with the right to transfer: the keys are heard as keys.
    name: 'Atxfer',
    run({ request, reply, house }) {
      const channel = house.switchboard.find(request.get('Channel'));
      if (channel === undefined) throw new Refused('Channel specified does not exist');
      reply.ok('Atxfer successfully queued');
      const { switchboard } = house;
      for (const [index, digit] of [...ATXFER, ...request.get('Exten')].entries())
        switchboard.timers.after(index * TYPED_MS, () => {
          if (!channel.gone) press(switchboard, channel, digit, KEY_MS, 0);
        });
    },
  },
  {
    name: 'Bridge',
    run({ request, reply, house }) {
      const names = ['Channel1', 'Channel2'].map((header) => request.get(header));
      const channels = names.map((name) => house.switchboard.find(name));
      const missing = channels.indexOf(undefined);
      if (missing >= 0) throw new Refused(`Channel${missing + 1} does not exist: ${names[missing]}`);
      reply.ok('Channels have been bridged');
      const [first, second] = channels as [Channel, Channel];
      house.dialplan.bridgeBoth(first, second);
    },
  },
  {
    name: 'PJSIPNotify',
    run({ request, reply, house }) {
      const channel = house.switchboard.find(request.get('Channel'));
      if (channel === undefined) throw new Refused('Channel not found');
      reply.ok('NOTIFY sent');
      // The demo's phones know what a ringing one is to do.
      if (request.variables().some(([name, value]) => name === 'Event' && value === 'talk'))
        channel.pickUp?.();
    },
  },
  {
    name: 'Getvar',
    run({ request, reply, house }) {
      const variables = variablesOf({ request, house });
      if (variables === undefined) throw new Refused('No such channel');
      const name = request.get('Variable');
      reply.ok({ Variable: name, Value: functionOf(name)?.get(house) ?? variables.get(name) ?? '' });
    },
  },
  {
    name: 'Setvar',
    run({ request, reply, house }) {
      const variables = variablesOf({ request, house });
      if (variables === undefined) throw new Refused('No such channel');
      reply.ok('Variable Set');
      const name = request.get('Variable');
      const called = functionOf(name);
      if (called === undefined) variables.set(name, request.get('Value'));
      else called.set(house, request.get('Value'));
    },
  },
];

/** A channel's own variables, or those of all when the action names none; undefined when there is no such channel. */
function variablesOf({ request, house }: Pick<ActionRun, 'request' | 'house'>) {
  const name = request.get('Channel');
  return name === '' ? house.variables : house.switchboard.find(name)?.variables;
}

function park({ request, reply, house, session }: ActionRun): void {
  const { switchboard } = house;
  const name = request.get('Channel');
  if (name === '') throw new Refused('Channel not specified');
  const channel = switchboard.find(name);
  if (channel === undefined) throw new Refused(`Channel does not exist: ${name}`);
  const lot = house.lots.get(request.get('Parkinglot') || 'default');
  if (lot === undefined || lot.full) throw new Refused('Park action failed\n');
  const parker = switchboard.find(request.get('TimeoutChannel')) ?? channel;
  const seconds = Number(request.get('Timeout')) / 1000 || undefined;
  const wasUp = channel.state === 'Up';
  const enter = () => lot.park(channel, parker.device, seconds);
  const parked = 'Park successful\n';
  if (wasUp) {
    reply.ok(parked);
    channel.activity.taken(channel, 'park');
    enter();
    return;
  }
  const release = session.hold();
  channel.activity.taken(channel, 'park');
  wait(
    switchboard,
    channel,
    ANSWER_MS,
    () => {
      reply.ok(parked);
      enter();
      release();
    },
    () => {
      reply.error('Park action failed\n');
      release();
    },
  );
}

function originate({ request, reply, house, session }: ActionRun): void {
  const device = request.get('Channel');
  if (device === '') throw new Refused('Channel not specified');
  const application = request.get('Application');
  const [context, exten] = [request.get('Context'), request.get('Exten')];
  if (application === '' && (context === '' || exten === '' || request.get('Priority') === ''))
    throw new Refused("Originate with 'Exten' requires 'Context' and 'Priority'");
  if (!device.includes('/')) throw new Refused('Invalid channel');
  if (application === '' && !house.dialplan.has(context, exten))
    throw new Refused('Extension does not exist.');
  const async = request.says('Async');
  const options: Omit<OriginateOptions, 'done'> = {
    async,
    actionId: request.get('ActionID'),
    device,
    becomes: application === '' ? { context, exten } : { application, data: request.get('Data') },
    timeout: Number(request.get('Timeout')) || 30_000,
    uniqueid: request.get('ChannelId') || undefined,
    callerId: callerId(request.get('CallerID')),
    // Asterisk sets what came last first.
    connected: connectedLine(request).reverse(),
    localNumber: device.startsWith('Local/') ? house.nextLocal() : 0,
  };
  const start = (done: (answered: boolean) => void) =>
    new Originate(house.switchboard, house.dialplan, { ...options, done }).start();
  const queued = 'Originate successfully queued';
  if (async) {
    reply.ok(queued);
    start(() => {});
    return;
  }
  const release = session.hold();
  start((answered) => {
    if (answered) reply.ok(queued);
    else reply.error('Originate failed');
    release();
  });
}

/** `"Name" <number>` in any of the ways in which people write it. */
function callerId(text: string): Party | null {
  if (text === '') return null;
  const both = /^"?([^"<]*?)"?\s*<([^>]*)>/.exec(text);
  if (both !== null) return { name: both[1] ?? '', number: both[2] ?? '' };
  return /^[+\d*#]+$/.test(text) ? { number: text, name: '' } : { number: '', name: text };
}

function connectedLine(request: Request): ConnectedLine[] {
  return request.variables().flatMap(([name, value]) => {
    const [, part, options = ''] = /^CONNECTEDLINE\((num|number|name)(?:,(\w+))?\)$/i.exec(name) ?? [];
    if (part === undefined) return [];
    const quiet = options.includes('i');
    return [part === 'name' ? { name: value, quiet } : { number: value, quiet }];
  });
}
