import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { connectAsync } from 'mqtt';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';

const lab = Lab.attach();
const home = lab.asterisk();

afterEach(async () => {
  await home.hangUpAll();
});
afterAll(async () => {
  await lab.stop();
});

/** Sends AMI actions and gives all that came back until the text has `wanted`. */
async function ami(socket: Socket, actions: Record<string, string>[], wanted: RegExp): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  for (const action of actions) {
    const lines = Object.entries(action).map(([key, value]) => `${key}: ${value}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }
  await until(`${wanted} from AMI`, () => wanted.test(text)).finally(() => socket.destroy());
  return text;
}

function login(username: string): Record<string, string> {
  return { Action: 'Login', Username: username, Secret: home.ami.secret };
}

describe('Asterisk', () => {
  test('lets the AMI user in', async () => {
    const socket = createConnection(home.ami.port, home.ami.host);
    const text = await ami(socket, [login('admin')], /Event: FullyBooted/);
    expect(text).toContain('Message: Authentication accepted');
  });

  test('speaks AMI over TLS with a certificate of its own authority', async () => {
    const ca = await readFile(home.ami.ca);
    const socket = connectTls({ host: home.ami.host, port: home.ami.tlsPort, ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    expect(await ami(socket, [login('admin')], /Authentication/)).toContain('Authentication accepted');
  });

  test('keeps originate from the user `listener` and reporting from `noreport`', async () => {
    const originate = { Action: 'Originate', Channel: 'Local/444@default', Application: 'NoOp' };
    const listener = createConnection(home.ami.port, home.ami.host);
    expect(await ami(listener, [login('listener'), originate], /Permission denied|Originate/)).toContain(
      'Message: Permission denied',
    );
    const noreport = createConnection(home.ami.port, home.ami.host);
    const rooms = { Action: 'ConfbridgeListRooms' };
    expect(await ami(noreport, [login('noreport'), rooms], /Permission denied|conferences/)).toContain(
      'Message: Permission denied',
    );
  });

  test('a doorbell that calls 444 is parked on space 701', async () => {
    await using press = await lab.doorbell().press('444');
    await press.waitFor('answered');
    await until('the parked call', async () =>
      /Space\s*:\s*701[\s\S]*PJSIP\/8000/.test(await home.rx('parking show default')),
    );
    await press.hangUp();
    expect(press.state).toBe('hung up');
  });

  test('a call that waits in the lot `office` is ended after 8 s', async () => {
    await using press = await lab.doorbell().press('445');
    await press.waitFor('answered');
    await press.waitFor('hung up', 12);
  });

  test('a phone registers, rings with the caller, answers, and sends digits', async () => {
    await using phone = await lab.phone('6001');
    await using press = await lab.doorbell('8000').press('6001');
    await press.waitFor('ringing');
    const call = await phone.answer();
    expect(call).toMatchObject({ direction: 'incoming', peerName: 'Doorbell', peer: 'sip:8000@127.0.0.1' });
    await press.waitFor('answered');
    await phone.press('#9');
    await press.waitForDigits('#9');
    await phone.hangUp();
    await press.waitFor('hung up');
  });

  test('a doorbell with RFC 4733 hears digits in its sound', async () => {
    await using phone = await lab.phone('6002', { answer: 'auto', dtmf: 'info' });
    await using press = await lab.doorbell('8001').press('6002');
    await press.waitFor('answered');
    await phone.waitFor('established');
    await phone.press('12#');
    await press.waitForDigits('12#');
    expect(press.messages().some((message) => message.start.startsWith('INFO'))).toBe(false);
  });

  test('a phone is told the digits of another', async () => {
    await using kitchen = await lab.phone('6001');
    await using office = await lab.phone('6003', { answer: 'auto', dtmf: 'info' });
    await kitchen.dial('6003');
    const call = await office.waitFor('established');
    await kitchen.waitFor('established');
    await kitchen.press('42');
    await until('the digits', () => call.digits === '42');
  });

  test('the ring group rings both phones, and a visitor who goes is missed by both', async () => {
    await using kitchen = await lab.phone('6001');
    await using living = await lab.phone('6002');
    await using press = await lab.doorbell('8009').press('600', { callerName: 'Zoë <b>"😀"' });
    await kitchen.waitFor('ringing');
    await living.waitFor('ringing');
    expect(kitchen.call?.peerName).toContain('Zoë <b>');
    await press.hangUp();
    expect(press.state).toBe('cancelled');
    await kitchen.waitFor('ended');
    await living.waitFor('ended');
  });

  test('a visitor gives up; a phone that is not there refuses', async () => {
    await using kitchen = await lab.phone('6001');
    await using waiting = await lab.doorbell().press('6001', { giveUpAfter: 1 });
    await waiting.waitFor('cancelled');
    expect(kitchen.rings).toBe(1);
    await using refused = await lab.doorbell().press('6004');
    await refused.waitFor('refused');
  });

  test('a test may bring dialplan of its own', async () => {
    await using _dialplan = await home.dialplan(
      'mine',
      '[default](+)\nexten => 4242,1,Answer()\n same => n,Wait(9)\n',
    );
    await using press = await lab.doorbell().press('4242');
    await press.waitFor('answered');
  });

  test('is killed, started, frozen and thawed; the other one does not care', async () => {
    await home.kill();
    expect(home.running).toBe(false);
    await home.start();
    await home.freeze();
    expect(await lab.asterisk('annex').rx('core show uptime')).toContain('System uptime');
    const socket = createConnection(home.ami.port, home.ami.host);
    const answer = ami(socket, [login('admin')], /Authentication accepted/);
    home.thaw();
    await answer;
  });
});

describe('Home Assistant', () => {
  const admin = lab.homeAssistant.as('admin');
  const wall = lab.homeAssistant.as('wall');

  test('has an administrator and a user who is none', async () => {
    expect(await admin.ws({ type: 'auth/current_user' })).toMatchObject({ is_admin: true });
    expect(await wall.ws({ type: 'auth/current_user' })).toMatchObject({ is_admin: false });
    await expect(wall.fireEvent('anything')).rejects.toMatchObject({ status: 401 });
  });

  test('takes entities from the broker, and from it again after both were restarted', async () => {
    const client = await connectAsync(lab.broker.url);
    await client.publishAsync(
      'homeassistant/binary_sensor/lab/config',
      JSON.stringify({
        name: 'Lab',
        unique_id: 'lab',
        state_topic: 'lab/state',
        default_entity_id: 'binary_sensor.lab',
      }),
      { retain: true },
    );
    await wall.waitForState('binary_sensor.lab', 'unknown');
    await client.publishAsync('lab/state', 'ON', { retain: true });
    await wall.waitForState('binary_sensor.lab', 'on');
    await lab.broker.stop();
    await wall.waitForState('binary_sensor.lab', 'unavailable');
    await lab.broker.start();
    await wall.waitForState('binary_sensor.lab', 'on', 30);
    await lab.homeAssistant.restart();
    await wall.waitForState('binary_sensor.lab', 'on', 30);
    await client.publishAsync('homeassistant/binary_sensor/lab/config', '', { retain: true });
    await client.publishAsync('lab/state', '', { retain: true });
    await client.endAsync();
  });

  test('runs an automation that was written through its API, and its events are heard', async () => {
    await using heard = await admin.record<{ answer: number }>('lab_answer');
    await admin.writeAutomation('lab', {
      alias: 'Lab',
      triggers: [{ trigger: 'event', event_type: 'lab_question' }],
      actions: [{ event: 'lab_answer', event_data: { answer: 42 } }],
    });
    await admin.fireEvent('lab_question');
    await heard.waitFor('the answer', ({ answer }) => answer === 42);
    await admin.removeAutomation('lab');
  });

  test('shows its frontend to the user who is no administrator', async () => {
    await admin.writeDashboard('lab-test', {
      views: [{ title: 'Lab', cards: [{ type: 'markdown', content: 'Here is the lab' }] }],
    });
    await using browser = await lab.browser();
    await using view = await browser.homeAssistant(lab.homeAssistant, 'wall', '/lab-test', {
      colorScheme: 'dark',
    });
    await view.page.getByText('Here is the lab').waitFor({ timeout: 30_000 });
    await view.screenshot('stack');
    expect(view.errors).toEqual([]);
  });
});
