/** The page in a real browser, on a pretend house: what a DOM in Node cannot tell. */
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Http, type HttpOptions } from '../../src/http/index.ts';
import type { World } from '../actions/world.ts';
import { setup, TOKEN } from '../http/setup.ts';
import { Browser, type View, type ViewOptions } from './stack/browser.ts';
import { until } from './stack/machine.ts';
import { placeFromEnvironment } from './stack/place.ts';

const HOSTILE = `<img src=x onerror="document.title='owned'"> "O'Neil" \u202Egnol 😀`;

let browser: Browser;
let world: World;
let options: HttpOptions;
let server: Http;
let url: string;
let rung: number;

beforeAll(async () => {
  browser = await Browser.start(placeFromEnvironment());
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
});
beforeEach(async () => {
  rung = 0;
  ({ world, options } = setup({ tokens: [], open: true, demo: { ring: () => void rung++ } }));
  furnish();
  server = new Http(options);
  [url = ''] = await server.start();
});
afterEach(async () => {
  await server.stop();
});

/** Somebody of every kind, with names that want to be more than text. */
function furnish(): void {
  const now = Date.now();
  world.press('door.1');
  const press = world.doorbellRows.get('front_door')?.press;
  if (!press) throw new Error('the world has no press');
  const caller = { number: '8000', name: HOSTILE };
  world.doorbell({ id: 'front_door', press: { ...press, caller, since: now - 23_000 } });
  const last = {
    number: '8001',
    name: 'Postman',
    time: new Date(now).toISOString(),
    outcome: 'missed',
  } as const;
  world.doorbell({ id: 'gate', name: 'Garden gate', endpoint: 'PJSIP/8001', last });
  world.phone({ id: 'pjsip_6001', state: 'ringing', connected: caller, channels: ['a'] });
  world.phone({
    id: 'pjsip_6002',
    state: 'in_call',
    connected: { number: '030', name: '' },
    channels: ['b'],
  });
  world.phone({ id: 'pjsip_6004', name: HOSTILE, lastDialled: '555', missed: 3 });
  world.channel('x.1', { caller: { number: '030', name: HOSTILE } });
  world.park('x.1', { since: now - 61_000, until: now + 100_000, parkedBy: HOSTILE });
  world.conference({ id: 'family', name: HOSTILE, locked: true });
  world.queue({ id: 'support' });
  world.queueMember({ id: 'support__x', name: HOSTILE, state: 'paused', pausedReason: HOSTILE });
  world.mailbox({ id: '6001_default', name: HOSTILE, new: 2, problem: HOSTILE });
  world.handset({ id: 'hall', name: HOSTILE, state: 'ringing', caller: { number: '030', name: HOSTILE } });
}

/** Opens the page, and makes sure that it complained of nothing but what `allowed` names. */
async function open(more: ViewOptions & { at?: string; allowed?: RegExp } = {}) {
  const { at = url, allowed, ...options } = more;
  const view = await browser.open(`${at}/`, options);
  const { page } = view;
  return {
    view,
    page,
    async [Symbol.asyncDispose]() {
      const errors = view.errors.filter((error) => !allowed?.test(error));
      expect(errors).toEqual([]);
      expect(await page.title()).toBe('Asterisk Companion');
      await view[Symbol.asyncDispose]();
    },
  };
}

function card(page: Page, section: string, name: string) {
  return page.locator(`#${section} .card`, { has: page.locator('h3', { hasText: name }) });
}

/** What the page asked of the registry: the AMI actions that came of it. */
async function sent(name: Parameters<World['sentOf']>[0]): Promise<Record<string, unknown>> {
  return until(`${name} to be sent`, () => world.sentOf(name).at(-1));
}

async function picture(view: View, name: string): Promise<void> {
  await view.screenshot(name);
}

it('shows everything, hostile names as the text that they are', async () => {
  await using opened = await open({ viewport: { width: 1280, height: 1000 } });
  const { page, view } = opened;
  const door = card(page, 'doorbells', 'Front door');
  await door.waitFor();
  expect(await door.locator('.who').textContent()).toBe(HOSTILE);
  expect(await door.locator('.pill').textContent()).toBe('Rings');
  expect(await card(page, 'phones', '6004').count()).toBe(0);
  expect(await page.locator('#phones h3').allTextContents()).toEqual(['Kitchen', 'Office', 'Attic', HOSTILE]);
  const parked = card(page, 'parking', 'default');
  expect(await parked.locator('.about').textContent()).toMatch(/ 030by .* · 1:0\d · 1:[34]\d left$/);
  for (const [section, title, pill] of [
    ['conferences', HOSTILE, 'Empty'],
    ['queues', 'support', 'Nobody waits'],
    ['voicemail', HOSTILE, '2 new'],
    ['handsets', HOSTILE, 'Rings'],
  ] as const) {
    const [first] = await page.locator(`#${section} .pill`).allTextContents();
    expect([await page.locator(`#${section} h3`).textContent(), first]).toEqual([title, pill]);
  }
  expect(await page.locator('#queues .about').textContent()).toBe(`${HOSTILE}${HOSTILE}`);
  const hall = page.locator('#handsets .card');
  expect(await hall.locator('p').textContent()).toBe(`${HOSTILE} 030`);
  world.doorbellEvent({ type: 'ring', caller: { name: HOSTILE, number: '8000' } });
  await page.locator('.events li').waitFor();
  expect(await page.locator('.events li span').textContent()).toBe(`${HOSTILE} rings at Front door`);
  expect(await page.locator('img:not(.mark)').count()).toBe(0);
  // What turns the direction of its text stands alone in its line, or is isolated: it turns nothing of ours.
  const loose = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.textContent?.includes('\u202E') || parent === null) continue;
      const alone = parent.childNodes.length === 1 && getComputedStyle(parent).display !== 'inline';
      if (parent.tagName !== 'BDI' && !alone) found.push(parent.outerHTML);
    }
    return found;
  });
  expect(loose).toEqual([]);
  await picture(view, 'page-light');
  const lastCaller = { number: '', name: 'Gina', time: new Date().toISOString(), outcome: 'missed' } as const;
  world.handset({ id: 'hall', state: 'free', caller: null, lastCaller, missed: 1 });
  world.dectEvent({ type: 'missed', caller: lastCaller });
  await hall.locator('.note').waitFor();
  expect(await hall.locator('.note').textContent()).toMatch(/^1 missed · Last caller Gina, \d\d:\d\d/);
  await page.locator('.events li', { hasText: 'Hall missed Gina' }).waitFor();
});

it.each([
  ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 1000 } }],
  ['phone', { viewport: { width: 390, height: 844 } }],
  ['phone-dark', { colorScheme: 'dark', viewport: { width: 390, height: 844 } }],
] as const)('fits: %s', async (name, look) => {
  await using opened = await open(look);
  const { page, view } = opened;
  await card(page, 'doorbells', 'Front door').waitFor();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(background).toBe(name.endsWith('dark') ? 'rgb(15, 20, 25)' : 'rgb(244, 246, 248)');
  await picture(view, `page-${name}`);
});

it('asks for what its buttons say', async () => {
  await using opened = await open({ allowed: /status of (4|5)\d\d/ });
  const { page } = opened;
  const press = (section: string, name: string, button: string) =>
    card(page, section, name).getByRole('button', { name: button }).click();
  await page.selectOption('#mine', { label: 'Office' });
  await press('doorbells', 'Front door', 'Answer');
  expect(await sent('Originate')).toMatchObject({ Channel: 'PJSIP/6002', Application: 'Bridge' });
  await press('parking', 'default', 'Retrieve');
  await until('the retrieval', () => world.sentOf('Originate').at(-1)?.Application === 'ParkedCall');
  expect(await sent('Originate')).toMatchObject({ Channel: 'PJSIP/6002', Data: 'default,701' });
  world.phone({ id: 'pjsip_6002', channels: [] });
  world.channel('o.1', { endpoint: 'PJSIP/6002' });
  await press('phones', 'Office', 'Hang up');
  // The calls above were placed and led nowhere: those are hung up, too, sooner or later.
  const ended = () =>
    world.sentOf('Hangup').filter(({ Channel }) => !String(Channel).startsWith('companion-'));
  await until('the hang-up', () => ended().length > 0);
  expect(ended()).toMatchObject([{ Channel: 'PJSIP/6002-o.1' }]);
  await press('doorbells', 'Front door', 'Open');
  await page.locator('.toast.bad', { hasText: 'No way to open Front door is configured' }).waitFor();
  await press('doorbells', 'Front door', 'Ignore');
  await until('the visitor to be sent away', () => world.dismissals.length === 1);
  await press('doorbells', 'Garden gate', 'Redial');
  await until('the call back', () => world.sentOf('Originate').at(-1)?.Data === 'PJSIP/8001,20');
  await page.click('#ring');
  await until('the demo’s doorbell', () => rung === 1);
});

it('keeps the focus and the choice while things change', async () => {
  await using opened = await open();
  const { page } = opened;
  await page.selectOption('#mine', { label: 'Kitchen' });
  const open_ = card(page, 'doorbells', 'Front door').getByRole('button', { name: 'Ignore' });
  await open_.focus();
  world.phone({ id: 'pjsip_6001', state: 'idle', channels: [] });
  world.doorbell({ id: 'front_door', name: 'Porch' });
  await card(page, 'doorbells', 'Porch').waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Ignore');
  expect(await page.locator('#mine').inputValue()).toBe('home/pjsip_6001');
});

it('says that the PBX is away, and takes no wishes for it', async () => {
  await using opened = await open();
  const { page } = opened;
  world.setStatus({ up: false, problem: 'Nobody answers at 127.0.0.1:5038' });
  await page.locator('.banner.bad', { hasText: 'home: Nobody answers at 127.0.0.1:5038' }).waitFor();
  const door = card(page, 'doorbells', 'Front door');
  expect(await door.getByRole('button', { name: 'Answer' }).isDisabled()).toBe(true);
  expect(await door.getByRole('button', { name: 'Open' }).isDisabled()).toBe(false);
  world.setStatus({ up: true, problem: null });
  await page.locator('.banner').waitFor({ state: 'detached' });
});

it('says that the companion is away, and comes back by itself with what is true then', async () => {
  await using opened = await open({ allowed: /WebSocket|ERR_CONNECTION_REFUSED/ });
  const { page } = opened;
  await card(page, 'doorbells', 'Front door').waitFor();
  await server.stop();
  await page.locator('.banner', { hasText: 'Not connected to the companion' }).waitFor();
  world.doorbell({ id: 'front_door', name: 'Porch' });
  server = new Http({ ...options, listen: [{ host: '127.0.0.1', port: Number(new URL(url).port) }] });
  await server.start();
  await card(page, 'doorbells', 'Porch').waitFor();
  expect(await page.locator('.banner').count()).toBe(0);
});

it('asks for the token, keeps it in the tab alone, and never in an address', async () => {
  const guarded = new Http(setup({ pbxes: [world] }).options);
  const [at = ''] = await guarded.start();
  {
    await using opened = await open({ at, allowed: /status of 401/ });
    const { page } = opened;
    const asked: string[] = [];
    page.on('request', (one) => asked.push(one.url()));
    page.on('websocket', (one) => asked.push(one.url()));
    await page.locator('#why', { hasText: 'A token is needed' }).waitFor();
    await page.keyboard.press('Escape');
    await page.fill('#secret', 'wrong');
    await page.keyboard.press('Enter');
    await page.locator('#why', { hasText: 'The token is wrong.' }).waitFor();
    await page.fill('#secret', TOKEN);
    await page.keyboard.press('Enter');
    await card(page, 'doorbells', 'Front door').waitFor();
    expect(asked.some((one) => one.startsWith('ws:'))).toBe(true);
    expect(decodeURIComponent(asked.join(' '))).not.toContain(TOKEN);
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    await page.reload();
    await card(page, 'doorbells', 'Front door').waitFor();
  }
  await guarded.stop();
});

it('works below a path, as behind ingress', async () => {
  await using proxy = await Ingress.start('/api/hassio_ingress/abc', url);
  await using opened = await open({ at: proxy.url, allowed: /status of 403/ });
  const { page } = opened;
  await card(page, 'doorbells', 'Front door').getByRole('button', { name: 'Open' }).click();
  await page.locator('.toast.bad', { hasText: 'No way to open' }).waitFor();
  await page.goto(`${proxy.url}/api/docs/`);
  await page.locator('.opblock', { hasText: '/api/actions/answer' }).first().waitFor();
  await page.goto(`${proxy.url}/`);
});

/** Passes on what lies below a path, as the Supervisor does. */
class Ingress implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  }

  static async start(path: string, target: string): Promise<Ingress> {
    const { hostname, port, host } = new URL(target);
    const headersFor = (headers: object) => ({ ...headers, host, origin: target, 'x-ingress-path': path });
    const below = (address = '') =>
      address.startsWith(`${path}/`) ? address.slice(path.length) : '/nowhere';
    const server = createServer((incoming, response) => {
      const headers = headersFor(incoming.headers);
      const passed = request(
        { hostname, port, method: incoming.method, path: below(incoming.url), headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      passed.on('error', () => response.destroy());
      incoming.pipe(passed);
    });
    server.on('upgrade', (incoming, socket) => {
      const passed = connect(Number(port), hostname, () => {
        const lines = Object.entries(headersFor(incoming.headers)).map(
          ([name, value]) => `${name}: ${value}`,
        );
        passed.write(`GET ${below(incoming.url)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
        passed.pipe(socket).pipe(passed);
      });
      passed.on('error', () => socket.destroy());
      socket.on('error', () => passed.destroy());
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new Ingress(server, path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
