import { describe, expect, it, vi } from 'vitest';
import {
  AmiActionError,
  AmiDisconnected,
  type AmiEvent,
  AmiInputError,
  AmiProtocolError,
  AmiTimeout,
} from '../../src/ami/index.ts';
import { fakeTimers, Harness } from './harness.ts';
import { channelLines } from './samples.ts';

describe('send', () => {
  it('gives the answer to its own action, whatever the order of the answers', async () => {
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    asterisk.answers.set('Getvar', () => null);
    const arrived = [asterisk.next('Getvar'), asterisk.next('Getvar')];
    const answers = ['a', 'b'].map((Variable) => client.send({ Action: 'Getvar', Variable }));
    const received = await Promise.all(arrived);
    for (const { id, get } of received.reverse()) {
      asterisk.say('Response: Success', `ActionID: ${id}`, `Variable: ${get('Variable')}`, 'Value: <v>');
    }
    expect((await Promise.all(answers)).map((answer) => answer.get('variable'))).toEqual(['a', 'b']);
  });

  it.each([
    ['Permission denied', 'permission', /add call to the write classes of the AMI user/],
    [
      'Invalid/unknown command: Park. Use Action: ListCommands …',
      'unknown_action',
      /module .* is not loaded/,
    ],
    ['Channel does not exist: x', 'failed', /Park failed: Channel does not exist: x/],
  ])('tells a refusal by what Asterisk says: %s', async (reason, code, message) => {
    await using harness = await Harness.up();
    harness.asterisk.answers.set('Park', () => [['Response: Error', `Message: ${reason}`]]);
    const sent = harness.client.send({ Action: 'Park', Channel: 'x' });
    await expect(sent).rejects.toBeInstanceOf(AmiActionError);
    await expect(sent).rejects.toMatchObject({ code, reason, action: 'Park' });
    await expect(sent).rejects.toThrow(message);
  });

  it('refuses a line break before anything reaches the wire', async () => {
    await using harness = await Harness.up();
    const before = harness.asterisk.received.length;
    const sent = harness.client.send({ Action: 'Hangup', Channel: 'x\r\nAction: Logoff' });
    await expect(sent).rejects.toBeInstanceOf(AmiInputError);
    await harness.client.send({ Action: 'Ping' });
    expect(harness.asterisk.received.slice(before).map(({ action }) => action)).toEqual(['Ping']);
  });

  it('gives up after its time, and takes no late answer for another', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    asterisk.answers.set('Park', () => null);
    const arrived = asterisk.next('Park');
    const sent = client.send({ Action: 'Park', Channel: 'x' }, { timeoutMs: 1000 });
    const refused = expect(sent).rejects.toMatchObject({ name: 'AmiTimeout', action: 'Park', after: 1000 });
    const { id } = await arrived;
    await harness.pass(1000);
    await refused;
    asterisk.say('Response: Success', `ActionID: ${id}`);
    await expect(client.send({ Action: 'Ping' })).resolves.toMatchObject({ Response: 'Success' });
  });

  it('ends when its signal does', async () => {
    await using harness = await Harness.up();
    harness.asterisk.answers.set('Park', () => null);
    const abort = new AbortController();
    const arrived = harness.asterisk.next('Park');
    const sent = harness.client.send({ Action: 'Park', Channel: 'x' }, { signal: abort.signal });
    await arrived;
    abort.abort(new Error('enough'));
    await expect(sent).rejects.toThrow('enough');
    const late = harness.client.send({ Action: 'Park', Channel: 'x' }, { signal: abort.signal });
    await expect(late).rejects.toThrow('enough');
  });

  it('fails at once when the link drops, and while it is down', async () => {
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    asterisk.answers.set('Park', () => null);
    asterisk.answers.set('ParkedCalls', () => null);
    const arrived = [asterisk.next('Park'), asterisk.next('ParkedCalls')];
    const inFlight = [client.send({ Action: 'Park', Channel: 'x' }), client.list({ Action: 'ParkedCalls' })];
    const outcomes = Promise.allSettled(inFlight);
    await Promise.all(arrived);
    asterisk.drop();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(AmiDisconnected) });
    }
    expect(client.status.state).not.toBe('up');
    await expect(client.send({ Action: 'Ping' })).rejects.toThrow(
      /Ping: Asterisk at .* closed the connection/,
    );
  });

  it('fails before start', async () => {
    await using harness = await Harness.make();
    await expect(harness.client.send({ Action: 'Ping' })).rejects.toThrow('Ping: not connected to Asterisk');
  });
});

describe('list', () => {
  const parked = (space: string, id: string) => [
    'Event: ParkedCall',
    ...channelLines('Parkee'),
    `ParkingSpace: ${space}`,
    ...(id === '' ? [] : [`ActionID: ${id}`]),
  ];

  it('collects its own items, even of events that nobody hears, apart from what happens meanwhile', async () => {
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    const heard: string[] = [];
    client.listen({ ParkedCall: ({ ParkingSpace }) => heard.push(ParkingSpace) });
    asterisk.answers.set('ParkedCalls', () => null);
    asterisk.answers.set('BridgeList', () => null);
    const arrived = [
      asterisk.next('ParkedCalls'),
      asterisk.next('ParkedCalls'),
      asterisk.next('BridgeList'),
    ] as const;
    const lists = [client.list({ Action: 'ParkedCalls' }), client.list({ Action: 'ParkedCalls' })] as const;
    const bridges = client.list({ Action: 'BridgeList' });
    const [one, two, three] = await Promise.all(arrived);
    asterisk.say('Response: Success', `ActionID: ${one.id}`, 'EventList: start');
    asterisk.say(...parked('701', one.id));
    asterisk.say(...parked('711', two.id));
    asterisk.say(...parked('721', ''));
    asterisk.say(...parked('731', 'of-somebody-else'));
    asterisk.say('Event: BridgeListItem', `ActionID: ${three.id}`, 'BridgeUniqueid: b');
    asterisk.say('Event: BridgeListItem', 'ActionID: of-somebody-else', 'BridgeUniqueid: c');
    asterisk.say(...parked('702', one.id));
    for (const { id, action } of [two, one, three]) {
      asterisk.say(`Event: ${action}Complete`, `ActionID: ${id}`, 'EventList: Complete', 'ListItems: 1');
    }
    const spaces = (items: AmiEvent<'ParkedCall'>[]) => items.map(({ ParkingSpace }) => ParkingSpace);
    expect(spaces(await lists[0])).toEqual(['701', '702']);
    expect(spaces(await lists[1])).toEqual(['711']);
    expect((await bridges).map(({ BridgeUniqueid }) => BridgeUniqueid)).toEqual(['b']);
    expect(heard).toEqual(['721', '731']);
  });

  it('takes what comes of a list that was given up for no event, until its end', async () => {
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    const heard: string[] = [];
    client.listen({ ParkedCall: ({ ParkingSpace }) => heard.push(ParkingSpace) });
    asterisk.answers.set('ParkedCalls', () => null);
    const arrived = asterisk.next('ParkedCalls');
    const enough = new AbortController();
    const list = client.list({ Action: 'ParkedCalls' }, { signal: enough.signal });
    const { id } = await arrived;
    enough.abort(new Error('enough'));
    await expect(list).rejects.toThrow('enough');
    asterisk.say('Response: Success', `ActionID: ${id}`, 'EventList: start');
    asterisk.say(...parked('701', id));
    asterisk.say(...parked('702', ''));
    asterisk.say('Event: ParkedCallsComplete', `ActionID: ${id}`, 'EventList: Complete', 'ListItems: 1');
    asterisk.say(...parked('703', id));
    await client.send({ Action: 'Ping' });
    expect(heard).toEqual(['702', '703']);
  });

  it('is empty when Asterisk says so by an error', async () => {
    await using harness = await Harness.up();
    harness.asterisk.answers.set('PJSIPShowContacts', () => [
      ['Response: Error', 'Message: No Contacts found\n'],
    ]);
    await expect(harness.client.list({ Action: 'PJSIPShowContacts' })).resolves.toEqual([]);
    harness.asterisk.answers.set('PJSIPShowContacts', () => [
      ['Response: Error', 'Message: Permission denied'],
    ]);
    await expect(harness.client.list({ Action: 'PJSIPShowContacts' })).rejects.toMatchObject({
      code: 'permission',
    });
  });

  it('is empty, or refused, when Asterisk answers with a success and sends none', async () => {
    await using harness = await Harness.up();
    const answer = (action: string, message: string) =>
      harness.asterisk.answers.set(action, () => [['Response: Success', `Message: ${message}`]]);
    answer('VoicemailUsersList', 'There are no voicemail users currently defined.');
    await expect(harness.client.list({ Action: 'VoicemailUsersList' })).resolves.toEqual([]);
    answer('VoicemailBoxSummary', 'There is no voicemail user matching the given user.');
    await expect(
      harness.client.list({ Action: 'VoicemailBoxSummary', Context: 'default', Mailbox: '9' }),
    ).rejects.toMatchObject({ code: 'failed', reason: expect.stringContaining('no voicemail user') });
  });

  it('fails when it has more items than allowed; the link stays up', async () => {
    await using harness = await Harness.up({ limits: { listItems: 3 } });
    harness.asterisk.answers.set('ParkedCalls', ({ id }) => [
      ['Response: Success'],
      ...['1', '2', '3', '4', '5'].map((space) => parked(space, id)),
      ['Event: ParkedCallsComplete', 'EventList: Complete'],
    ]);
    const list = harness.client.list({ Action: 'ParkedCalls' });
    await expect(list).rejects.toBeInstanceOf(AmiProtocolError);
    await expect(list).rejects.toThrow(/ParkedCalls: more than 3 items/);
    await expect(harness.client.send({ Action: 'Ping' })).resolves.toBeDefined();
  });
});

describe('originate', () => {
  const response = (id: string, result: string, reason: string) => [
    'Event: OriginateResponse',
    'Privilege: call,all',
    `ActionID: ${id}`,
    `Response: ${result}`,
    'Channel: PJSIP/6001-1',
    `Reason: ${reason}`,
  ];

  it('waits for the OriginateResponse of its own call, and is always asynchronous', async () => {
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    const arrived = asterisk.next('Originate');
    const call = client.originate({
      Action: 'Originate',
      Channel: 'PJSIP/6001',
      Application: 'Wait',
      Data: '1',
    });
    const { id, get } = await arrived;
    expect(get('Async')).toBe('true');
    asterisk.say(...response('of-somebody-else', 'Failure', '5'));
    asterisk.say(...response(id, 'Success', '4'));
    await expect(call).resolves.toMatchObject({
      Event: 'OriginateResponse',
      Channel: 'PJSIP/6001-1',
      Reason: '4',
    });
    const sent = asterisk.next('Originate');
    await client.send({ Action: 'Originate', Channel: 'PJSIP/6001' });
    expect((await sent).get('Async')).toBe('true');
  });

  it.each([
    ['0', /was not reached/],
    ['3', /was not answered in time/],
    ['5', /is busy/],
    ['8', /refused the call/],
    ['99', /was not connected \(reason 99\)/],
  ])('says in words why it failed: %s', async (reason, words) => {
    await using harness = await Harness.up();
    const arrived = harness.asterisk.next('Originate');
    const call = harness.client.originate({ Action: 'Originate', Channel: 'PJSIP/6001' });
    const { id } = await arrived;
    harness.asterisk.say(...response(id, 'Failure', reason));
    await expect(call).rejects.toMatchObject({ code: 'failed', reason: expect.stringMatching(words) });
  });

  it('waits as long as the phone may ring, and a moment', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.up({ limits: { actionMs: 2000, pingIntervalMs: 1e9 } });
    const arrived = harness.asterisk.next('Originate');
    const call = harness.client.originate({ Action: 'Originate', Channel: 'PJSIP/6001', Timeout: 40_000 });
    const outcome = expect(call).rejects.toBeInstanceOf(AmiTimeout);
    await arrived;
    const settled = vi.fn();
    call.catch(settled);
    await harness.pass(41_999);
    expect(settled).not.toHaveBeenCalled();
    await harness.pass(1);
    await outcome;
  });
});

describe('listen', () => {
  it('hands events on in order, to all, and one that throws stops nobody', async () => {
    await using harness = await Harness.up();
    const { client, asterisk, log } = harness;
    const heard: string[] = [];
    client.listen({
      Newchannel: () => {
        throw new Error('no');
      },
    });
    const last = new Promise<void>((resolve) => {
      client.listen({
        Newchannel: ({ Channel }) => heard.push(`new ${Channel}`),
        Hangup: ({ Channel }) => {
          heard.push(`gone ${Channel}`);
          resolve();
        },
      });
    });
    asterisk.say('Event: Newchannel', 'Channel: a');
    asterisk.say('Event: Hangup', 'Channel: a');
    await last;
    expect(heard).toEqual(['new a', 'gone a']);
    expect(log).toContainEqual({
      level: 'error',
      fields: { err: new Error('no'), event: 'Newchannel' },
      message: 'a handler of the AMI event Newchannel failed',
    });
  });

  it('ends, also within a handler', async () => {
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    const heard: string[] = [];
    const off = client.listen({
      Newchannel: ({ Channel }) => {
        heard.push(Channel);
        off();
      },
    });
    const last = new Promise<void>((resolve) => {
      client.listen({ Hangup: () => resolve() });
    });
    asterisk.write(
      'Event: Newchannel\r\nChannel: a\r\n\r\nEvent: Newchannel\r\nChannel: b\r\n\r\nEvent: Hangup\r\n\r\n',
    );
    await last;
    expect(heard).toEqual(['a']);
    off();
  });

  it('asks for the classes of what is heard, from the login on', async () => {
    await using harness = await Harness.make();
    harness.client.listen({ UserEvent: () => {}, DTMFEnd: () => {} });
    harness.client.start();
    await harness.until(({ state }) => state === 'up');
    expect(harness.asterisk.actions('Login')[0]?.get('Events')).toBe('system,call,user,dtmf');
    expect(harness.asterisk.actions('Events')).toEqual([]);
  });

  it('asks anew once when several listeners come or go', async () => {
    await using harness = await Harness.up();
    const { client, asterisk } = harness;
    expect(asterisk.actions('Login')[0]?.get('Events')).toBe('system,call');
    const arrived = asterisk.next('Events');
    const offs = [client.listen({ UserEvent: () => {} }), client.listen({ DTMFEnd: () => {} })];
    expect((await arrived).get('EventMask')).toBe('system,call,user,dtmf');
    const again = asterisk.next('Events');
    for (const off of offs) off();
    expect((await again).get('EventMask')).toBe('system,call');
    client.listen({ Newchannel: () => {} });
    await client.send({ Action: 'Ping' });
    expect(asterisk.actions('Events')).toHaveLength(2);
  });

  it('is asked for too when it began while the link was coming up', async () => {
    await using harness = await Harness.make();
    const { client, asterisk } = harness;
    asterisk.answers.set('ListCommands', () => null);
    const asked = asterisk.next('ListCommands');
    client.start();
    const { id } = await asked;
    client.listen({ UserEvent: () => {} });
    const mask = asterisk.next('Events');
    asterisk.say('Response: Success', `ActionID: ${id}`);
    expect((await mask).get('EventMask')).toBe('system,call,user');
  });

  it('asks again when it was not answered', async () => {
    using _timers = fakeTimers();
    await using harness = await Harness.up({ limits: { actionMs: 1000, pingIntervalMs: 60_000 } });
    const { client, asterisk } = harness;
    asterisk.answers.set('Events', () => null);
    const asked = asterisk.next('Events');
    client.listen({ UserEvent: () => {} });
    await asked;
    await harness.pass(1000);
    const again = asterisk.next('Events');
    client.listen({ UserEvent: () => {} });
    expect((await again).get('EventMask')).toBe('system,call,user');
  });

  it('asks before the next action is sent, so that its events are heard', async () => {
    await using harness = await Harness.up();
    harness.client.listen({ UserEvent: () => {} });
    await harness.client.send({ Action: 'Ping' });
    expect(harness.asterisk.received.slice(-2).map(({ action }) => action)).toEqual(['Events', 'Ping']);
  });

  it('lets dialplan events in behind a filter that keeps VarSet out', async () => {
    await using harness = await Harness.make();
    harness.client.listen({ Newexten: () => {} });
    harness.client.start();
    await harness.until(({ state }) => state === 'up');
    const order = harness.asterisk.received.map(({ action }) => action);
    expect(harness.asterisk.actions('Login')[0]?.get('Events')).toBe('system,call');
    expect(order.indexOf('Filter')).toBeLessThan(order.indexOf('Events'));
    expect(harness.asterisk.actions('Filter')[0]?.lines).toContain(
      'MatchCriteria: action(exclude),name(VarSet)',
    );
    expect(harness.asterisk.actions('Events')[0]?.get('EventMask')).toBe('system,call,dialplan');
    // a filter cannot be taken back: whoever wants VarSet then gets a new session
    harness.client.listen({ VarSet: () => {} });
    const down = await harness.next('down');
    expect(down.problem?.message).toMatch(/^connecting anew: VarSet is wanted/);
    await harness.next('up');
    const login = harness.asterisk.actions('Login')[1];
    expect(login?.get('Events')).toBe('system,call');
    expect(harness.asterisk.actions('Filter').map((action) => action.get('MatchCriteria'))).toEqual([
      'action(exclude),name(VarSet)',
      'action(exclude),name(VarSet),header(Variable),method(regex)',
    ]);
  });
});
