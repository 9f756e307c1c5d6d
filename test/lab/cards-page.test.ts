/** The built cards in a real browser, with a pretend `hass`: what a DOM in Node cannot tell. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtCards } from './cards/build.ts';
import { Harness } from './cards/harness.ts';
import { Browser, type View } from './stack/browser.ts';
import { placeFromEnvironment } from './stack/place.ts';

/** What test/cards/harness.html offers. */
interface HarnessPage {
  readonly calls: readonly (readonly unknown[])[];
  answer: unknown;
  add(config: object, width?: number): void;
  change(change: object): void;
  setState(entityId: string, state: string, attributes: object): void;
  defineHaCard(): void;
}

declare global {
  interface Window {
    page: HarnessPage;
  }
}

const LOT = 'sensor.parking_default_parked_calls';
const HOSTILE = `<img src=x onerror="document.title='owned'"> "O'Neil" \u202Egnol 😀 a name that fits no line`;

let source: string;
let harness: Harness;
let browser: Browser;
let view: View;
let page: Page;

beforeAll(async () => {
  const place = placeFromEnvironment();
  source = await builtCards(place);
  harness = await Harness.start(source);
  browser = await Browser.start(place);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await harness[Symbol.asyncDispose]();
});

beforeEach(async () => {
  view = await browser.open(harness.url, { viewport: { width: 560, height: 900 } });
  page = view.page;
  await page.waitForFunction(() => window.page !== undefined);
});

afterEach(async () => {
  expect(view.errors).toEqual([]);
  await view[Symbol.asyncDispose]();
});

interface CallFields {
  readonly space: string;
  readonly name?: string;
  readonly number?: string;
  /** Seconds ago. */
  readonly since?: number;
  /** Seconds from now; null: no limit. */
  readonly left?: number | null;
}

/** Parks these calls, and no others, in the lot. */
async function park(...calls: readonly CallFields[]): Promise<void> {
  const iso = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  const parked = calls.map(({ space, name = 'Front door', number = '8000', since = 12, left = 33 }) => ({
    ...{ space, name, number, since: iso(-since), parked_by: 'Kitchen', call: space },
    until: left === null ? null : iso(left),
  }));
  const lot = { companion: 'c', pbx: 'home', lot: 'default', lot_name: 'default', timeout: 45 };
  const attributes = { ...lot, first_space: '701', last_space: '720', calls: parked };
  await page.evaluate(([id, count, all]) => window.page.setState(id, count, all), [
    LOT,
    String(calls.length),
    attributes,
  ] as const);
}

async function addPhones(): Promise<void> {
  await page.evaluate(() => {
    for (const [number, name, state] of [
      ['6001', 'Kitchen', 'idle'],
      ['6002', 'Hall', 'in_call'],
      ['6003', 'Shed', 'unreachable'],
    ] as const) {
      const ids = { phone: `pjsip_${number}`, endpoint: `PJSIP/${number}`, phone_name: name };
      const id = `sensor.${name.toLowerCase()}_state`;
      window.page.setState(id, state, { companion: 'c', pbx: 'home', ...ids });
    }
  });
}

async function add(config: object = {}, width?: number): Promise<void> {
  await page.evaluate(([config, width]) => window.page.add(config, width), [config, width] as const);
}

/** Id of the phone or key of the row that has the focus, else the focused element's name. */
async function focused(): Promise<string | undefined> {
  return page.evaluate(() => {
    const element = document.querySelector('asterisk-parked-calls')?.shadowRoot?.activeElement;
    return element?.className || element?.localName;
  });
}

it('is one module, small, that asks nobody for anything', async () => {
  expect(source).not.toMatch(/\bimport\s*[("'{*]/);
  expect(source.length).toBeLessThan(80_000);
  harness.requests.length = 0;
  await page.evaluate(() => window.page.defineHaCard());
  await addPhones();
  await park({ space: '701' });
  await add();
  await page.getByText('Front door').waitFor();
  expect(harness.requests).toEqual([]);
});

it('draws its own surface where Home Assistant has none yet', async () => {
  await park({ space: '701' });
  await add();
  const looks = () =>
    page.locator('ha-card').evaluate((card) => {
      const { display, borderRadius, borderTopWidth, backgroundColor } = getComputedStyle(card);
      return { display, borderRadius, borderTopWidth, backgroundColor };
    });
  const without = await looks();
  expect(without).toEqual({
    display: 'block',
    borderRadius: '12px',
    borderTopWidth: '1px',
    backgroundColor: 'rgb(255, 255, 255)',
  });
  await page.evaluate(() => window.page.defineHaCard());
  expect(await looks()).toEqual(without);
});

it('ticks', async () => {
  await park({ space: '701', since: 58, left: 62 });
  await add();
  await page.getByText('1:01', { exact: true }).waitFor({ timeout: 10_000 });
  await page.getByText(/^0:5\d left$/).waitFor({ timeout: 10_000 });
});

it('shows hostile names as text', async () => {
  await park({ space: '701', name: HOSTILE, number: '"><script>document.title="owned"</script>' });
  await add({ title: '<b>Title</b>' });
  const name = page.locator('.name');
  expect(await name.textContent()).toBe(HOSTILE.replace('\u202E', ' '));
  expect(await page.locator('asterisk-parked-calls').locator('img, script, b').count()).toBe(0);
  expect(await page.title()).toBe('Cards');
  const { scroll, client } = await name.evaluate((e) => ({ scroll: e.scrollHeight, client: e.clientHeight }));
  expect(scroll).toBeLessThanOrEqual(client + 1);
});

it('is worked with the keyboard alone', async () => {
  await addPhones();
  await park({ space: '701' }, { space: '702', name: 'Ana' });
  await add();
  await page.getByText('Ana').waitFor();
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('badge');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('select');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Choose the phone that should ring').waitFor();
  expect(await focused()).toBe('select');
  await page.keyboard.type('Kit');
  await page.keyboard.press('Tab');
  await page.keyboard.press(' ');
  await page.getByText('Front door is connected to Kitchen.').waitFor();
  const fields = { pbx: 'home', lot: 'default', space: '701', phone: 'pjsip_6001', via: 'card' };
  expect(await page.evaluate(() => window.page.calls.map((call) => call[2]))).toEqual([fields]);

  await park({ space: '702', name: 'Ana' });
  await page.getByText('1 call waiting').waitFor();
  expect(await focused()).toBe('act');
  await park();
  await page.getByText('No parked calls').waitFor();
  expect(await focused()).toBe('h2');
});

it('remembers the phone over a reload', async () => {
  await addPhones();
  await park({ space: '701' });
  await add();
  await page.locator('select').selectOption({ label: 'Hall (in a call)' });
  await page.reload();
  await page.waitForFunction(() => window.page !== undefined);
  await addPhones();
  await park({ space: '701' });
  await add();
  expect(await page.locator('select').inputValue()).toBe('pjsip_6002');
});

it('shows in words why a call was not retrieved', async () => {
  await addPhones();
  await park({ space: '701' });
  await add({ phone: 'sensor.kitchen_state' });
  await page.evaluate(() => {
    const error = { code: 'conflict', field: 'phone', message: 'Kitchen is <busy>.' };
    window.page.answer = { ok: false, error };
  });
  await page.getByRole('button', { name: 'Retrieve Front door on Kitchen' }).click();
  await page.getByRole('alert').getByText('Front door was not retrieved. Kitchen is <busy>.').waitFor();
  await page.evaluate(() => {
    window.page.answer = new Error('Unauthorized');
  });
  await page.getByRole('button', { name: 'Retrieve Front door on Kitchen' }).click();
  await page.getByRole('alert').getByText('Front door was not retrieved. Unauthorized').waitFor();
});

it("goes by the server's clock where the tablet's is wrong", async () => {
  await page.evaluate(() => {
    const real = Date.now.bind(Date);
    Date.now = () => real() - 600_000;
    window.page.change({ fetchWithAuth: (path: string, init: RequestInit) => fetch(path, init) });
  });
  await park({ space: '701', since: 60, left: 60 });
  await add();
  await page.getByText(/^1:0\d$/).waitFor({ timeout: 5000 });
});

describe('in every language and width', () => {
  it.each(['en', 'de', 'fr', 'nl', 'es'])('fits: %s', async (language) => {
    await addPhones();
    await park({ space: '701', name: HOSTILE }, { space: '702', name: '', number: '', left: null });
    await page.evaluate((language) => window.page.change({ locale: { language } }), language);
    for (const width of [170, 260, 340, 372, 400, 401, 520]) {
      await add({ phone: 'sensor.kitchen_state' }, width);
      await add({ phone: 'sensor.kitchen_state', compact: true }, width);
    }
    await page.locator('.act').last().waitFor();
    const sticking = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('asterisk-parked-calls')].flatMap((card) => {
        const { right, left } = card.getBoundingClientRect();
        const parts = [...(card.shadowRoot?.querySelectorAll('header *, .call > *, .free *') ?? [])];
        return parts
          .map((part) => ({ part, box: part.getBoundingClientRect() }))
          .filter(({ part, box }) => !part.closest('.only-read, .name, .detail, bdi') && box.width > 0)
          .filter(({ box }) => box.right > right + 0.5 || box.left < left - 0.5)
          .map(({ part }) => `${card.style.width} ${part.className}`);
      }),
    );
    expect(sticking).toEqual([]);
  });

  it('also from right to left', async () => {
    await page.evaluate(() => {
      document.documentElement.dir = 'rtl';
    });
    await addPhones();
    await park({ space: '701' });
    await add({ phone: 'sensor.kitchen_state' });
    const left = async (selector: string) => (await page.locator(selector).boundingBox())?.x ?? Number.NaN;
    expect(await left('.act')).toBeLessThan(await left('.who'));
    expect(await left('.who')).toBeLessThan(await left('.space'));
    await view.screenshot('card-rtl');
  });
});

it('rests when people ask for less motion', async () => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await park({ space: '701' });
  await add();
  const motion = await page.locator('.bar div').evaluate((bar) => getComputedStyle(bar).transitionDuration);
  expect(motion).toBe('0s');
});

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  it('is accessible by the rules of axe', async () => {
    await page.evaluate((dark) => {
      document.documentElement.classList.toggle('dark', dark);
      window.page.defineHaCard();
      window.page.change({ themes: { darkMode: dark } });
    }, scheme === 'dark');
    await addPhones();
    await park(
      { space: '701' },
      { space: '702', name: HOSTILE, number: '+49 30 1234567', since: 38, left: 7 },
      { space: '704', name: '', number: '0721 555', since: 31, left: 14 },
      { space: '705', name: 'Ana', since: 3725, left: null },
    );
    await page.evaluate(() => {
      const error = { code: 'conflict', field: 'phone', message: 'Kitchen did not answer.' };
      window.page.answer = { ok: false, error };
    });
    await add({ phone: 'sensor.kitchen_state' });
    await page.locator('.act').first().click();
    await page.getByRole('alert').getByText('Kitchen did not answer.').waitFor();
    await page.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished)));
    await view.screenshot(`card-${scheme}`);

    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(where: string): Promise<AxeResult> } };
      const { violations } = await axe.run('asterisk-parked-calls');
      return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.failureSummary) }));
    });
    expect(violations).toEqual([]);
  });
});

interface AxeResult {
  readonly violations: readonly { id: string; nodes: readonly { failureSummary: string }[] }[];
}
