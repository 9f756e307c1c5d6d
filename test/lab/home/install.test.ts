import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../stack/lab.ts';
import { until } from '../stack/machine.ts';
import { REPO } from '../stack/place.ts';
import { brought, cleanUp, pretend, registered } from './setup.ts';

const lab = Lab.attach();
const admin = lab.homeAssistant.as('admin');
const BLUEPRINTS = join(REPO, 'addon/blueprints');
const PATH = 'asterisk_companion/doorbell.yaml';
const stored = () => join(lab.homeAssistant.config, 'blueprints/automation', PATH);
let made: ReturnType<typeof pretend>;

function start(options: Parameters<typeof pretend>[1]): void {
  made = pretend(lab, { scripts: false, ...options });
  made.home.start();
}

function said(words: string): Promise<boolean> {
  return until(`the words ${words}`, () => made.log.lines.some(({ message }) => message.includes(words)));
}

async function deleteBlueprint(): Promise<void> {
  await admin.ws({ type: 'blueprint/delete', domain: 'automation', path: PATH }).catch(() => undefined);
}

beforeAll(async () => {
  await cleanUp(lab);
  await deleteBlueprint();
});
afterEach(() => made.home.stop());
afterAll(async () => {
  await cleanUp(lab);
  await deleteBlueprint();
  await lab.stop();
});

describe('the blueprint', () => {
  it('is saved, recognised, updated while nobody edited it, and left alone after that', async () => {
    start({ blueprints: BLUEPRINTS });
    await said('Saved a blueprint');
    await made.home.stop();

    start({ blueprints: BLUEPRINTS });
    await brought(made.log, 'blueprints');
    await made.home.stop();
    expect(made.log.lines.filter(({ message }) => message.includes('blueprint'))).toEqual([]);

    const newer = await mkdtemp(join(tmpdir(), 'blueprints-'));
    const text = await readFile(join(BLUEPRINTS, 'doorbell.yaml'), 'utf8');
    await writeFile(
      join(newer, 'doorbell.yaml'),
      text.replace('max_exceeded: silent', 'max_exceeded: warning'),
    );
    start({ blueprints: newer });
    await said('Updated a blueprint');
    await made.home.stop();
    expect(await readFile(stored(), 'utf8')).toContain('max_exceeded: warning');

    const edited = (await readFile(stored(), 'utf8')).replace('mode: restart', 'mode: single');
    const message = { type: 'blueprint/save', domain: 'automation', path: PATH, yaml: edited };
    await admin.ws({ ...message, allow_override: true });
    start({ blueprints: BLUEPRINTS });
    await said('This blueprint was edited and is left alone');
    expect(await readFile(stored(), 'utf8')).toContain('mode: single');
    await rm(newer, { recursive: true });
    await deleteBlueprint();
  });
});

describe('its automation', () => {
  let phone: Server;
  let webhook: string;
  const pushed: Record<string, unknown>[] = [];

  beforeAll(async () => {
    phone = createServer(async (request, response) => {
      pushed.push((await json(request)) as Record<string, unknown>);
      response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
    });
    await new Promise<void>((resolve) => phone.listen(0, '127.0.0.1', resolve));
    const { port } = phone.address() as AddressInfo;
    const registration = await admin.rest<{ webhook_id: string }>('POST', '/api/mobile_app/registrations', {
      app_id: 'lab',
      app_name: 'Lab',
      app_version: '1',
      device_id: 'lab_phone',
      device_name: 'Lab phone',
      manufacturer: 'Lab',
      model: 'Lab',
      os_name: 'Lab',
      os_version: '1',
      supports_encryption: false,
      app_data: { push_token: 'token', push_url: `http://127.0.0.1:${port}/push` },
    });
    webhook = registration.webhook_id;
  });

  afterAll(async () => {
    await admin.removeAutomation('lab_doorbell').catch(() => undefined);
    const entries = await admin.ws<{ entry_id: string }[]>({
      type: 'config_entries/get',
      domain: 'mobile_app',
    });
    for (const { entry_id } of entries)
      await admin.rest('DELETE', `/api/config/config_entries/entry/${entry_id}`);
    phone.closeAllConnections();
    phone.close();
  });

  async function ring(): Promise<{
    actions: { action: string; title: string }[];
    tag: string;
    message: string;
  }> {
    pushed.length = 0;
    made.pbx.doorbellEvent({ type: 'ring', caller: { name: '{{ 7*7 }} <b>Anna</b>', number: '8000' } });
    const push = await until('the notification', () => pushed[0]);
    const data = push.data as { actions: { action: string; title: string }[]; tag: string };
    return { ...data, message: String(push.message) };
  }

  /** A button of the notification is pressed, as the app tells Home Assistant. */
  async function press(action: string | undefined): Promise<void> {
    const response = await fetch(`${lab.homeAssistant.url}/api/webhook/${webhook}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'fire_event',
        data: { event_type: 'mobile_app_notification_action', event_data: { action } },
      }),
    });
    expect(response.status).toBe(200);
  }

  async function cleared(): Promise<void> {
    await until('the notification to be cleared', () =>
      pushed.some(({ message }) => message === 'clear_notification'),
    );
  }

  it('notifies a phone, and does what is pressed there', async () => {
    start({ blueprints: BLUEPRINTS });
    await said('Saved a blueprint');
    const ours = await until('the doorbell', async () => {
      const all = await registered(admin);
      return all.size >= 34 ? all : undefined;
    });
    const id = (key: string) => ours.get(`doorbell-front_door-${key}`)?.entity_id;
    await admin.waitForState(String(id('state')), 'idle');
    const devices = await admin.ws<{ id: string; name: string }[]>({ type: 'config/device_registry/list' });
    await using extra = await admin.record<{ caller: string }>('lab_extra');
    await admin.writeAutomation('lab_doorbell', {
      alias: 'Lab doorbell',
      use_blueprint: {
        path: PATH,
        input: {
          doorbell: id('doorbell'),
          phones: [devices.find(({ name }) => name === 'Lab phone')?.id],
          answer_button: id('answer'),
          ignore_button: id('ignore'),
          lock: id('door'),
          extra_actions: [{ event: 'lab_extra', event_data: { caller: '{{ caller }}' } }],
        },
      },
    });

    const first = await ring();
    expect(first.message).toBe('{{ 7*7 }} <b>Anna</b> is at the door');
    expect(first.actions.map(({ title }) => title)).toEqual(['Answer', 'Open', 'Ignore']);
    await extra.waitFor('the extra action', ({ caller }) => caller === '{{ 7*7 }} <b>Anna</b>');
    await press(first.actions[0]?.action);
    await until('the answer', () => made.registry.asked.at(-1)?.id === 'answer');
    await cleared();

    const second = await ring();
    await press(second.actions[1]?.action);
    await until('the door', () => made.registry.asked.at(-1)?.id === 'open_door');
    await cleared();

    const third = await ring();
    await press(third.actions[2]?.action);
    await until('the dismissal', () => made.registry.asked.at(-1)?.id === 'ignore');
    await cleared();

    await ring();
    made.pbx.doorbellEvent({ type: 'missed' });
    await cleared();
    expect(made.registry.asked.map((asked) => asked.id)).toEqual(['answer', 'open_door', 'ignore']);
  });
});

describe('the cards', () => {
  it('are copied, registered once, and updated by their hash', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cards-'));
    const file = join(folder, 'pretend-cards.js');
    const wwwDir = join(lab.homeAssistant.config, 'www');
    const resources = async () => {
      const all = await admin.ws<{ id: string; url: string }[]>({ type: 'lovelace/resources' });
      return all.filter(({ url }) => url.includes('pretend-cards.js'));
    };
    await writeFile(file, 'console.log(1);\n');
    start({ card: { file, wwwDir } });
    await said('Dashboards load the cards');
    const [one] = await resources();
    const served = await fetch(`${lab.homeAssistant.url}${one?.url}`);
    expect(await served.text()).toBe('console.log(1);\n');
    await made.home.stop();

    await admin.ws({ type: 'lovelace/resources/create', res_type: 'module', url: `${one?.url}&twice` });
    await writeFile(file, 'console.log(2);\n');
    start({ card: { file, wwwDir } });
    await said('Dashboards load the cards');
    const after = await resources();
    expect(after).toEqual([{ id: one?.id, type: 'module', url: expect.stringMatching(/\?v=[0-9a-f]{8}$/) }]);
    expect(after[0]?.url).not.toBe(one?.url);
    for (const { id } of after) await admin.ws({ type: 'lovelace/resources/delete', resource_id: id });
    await rm(folder, { recursive: true });
  });
});
