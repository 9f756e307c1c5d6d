/** The parked-calls card in Home Assistant's real frontend, on a wall tablet: a user who is no admin. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildCards } from './cards/build.ts';
import { dashboard, installCards, removeDashboard } from './cards/dashboard.ts';
import { Companion } from './companion.ts';
import { SECRET } from './stack/asterisk.ts';
import type { Browser, View } from './stack/browser.ts';
import { Lab } from './stack/lab.ts';
import { until } from './stack/machine.ts';
import type { Phone } from './stack/phone.ts';

const lab = Lab.attach();
const { homeAssistant } = lab;
const asterisk = lab.asterisk();

let companion: Companion;
let kitchen: Phone;
let browser: Browser;
let path: string;
let view: View;
let page: Page;
let card: Locator;

beforeAll(async () => {
  kitchen = await lab.phone('6001');
  const home = { name: 'home', port: asterisk.ami.port, username: 'admin', secret: SECRET };
  companion = await Companion.start(lab, { asterisk: [home] });
  await until('the script', async () =>
    (await homeAssistant.as('wall').getState('script.asterisk_retrieve')) ? true : undefined,
  );
  await installCards(homeAssistant, await buildCards(lab.place));
  path = await dashboard(homeAssistant, 'cards', [
    { type: 'heading', heading: 'Front door' },
    { type: 'custom:asterisk-parked-calls' },
  ]);
  browser = await lab.browser();
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await removeDashboard(homeAssistant, 'cards');
  await companion?.stop();
  await kitchen?.stop();
  await lab.stop();
});

beforeEach(async () => {
  view = await browser.homeAssistant(homeAssistant, 'wall', path, { viewport: { width: 900, height: 700 } });
  page = view.page;
  card = page.locator('asterisk-parked-calls');
  await card.getByText('No parked calls').waitFor({ timeout: 30_000 });
  await page.locator('#ha-launch-screen').waitFor({ state: 'detached' });
});

afterEach(async () => {
  expect(view.errors).toEqual([]);
  await view[Symbol.asyncDispose]();
  await asterisk.hangUpAll();
});

/** Seconds that the only call has waited, as the card says it. */
async function waited(): Promise<number> {
  const [minutes = 0, seconds = 0] = ((await card.getByRole('timer').textContent()) ?? '')
    .split(':')
    .map(Number);
  return minutes * 60 + seconds;
}

test('a doorbell that was parked is shown, its time ticks, and Retrieve joins it with the phone', async () => {
  await using press = await lab.doorbell('8000').press('444');
  await card.getByText('1 call waiting').waitFor();
  expect(await card.locator('.name').textContent()).toBe('Doorbell');
  expect(await card.locator('.space').textContent()).toContain('701');

  const lots = await card.getByRole('heading', { level: 3 }).allTextContents();
  expect(lots.sort()).toEqual(['default', 'hall', 'office', 'porch'].map((lot) => `Parking lot ${lot}`));

  const before = await waited();
  expect(before).toBeLessThan(10);
  await until('the time to tick', async () => (await waited()) >= before + 2);
  await card.getByText(/^0:5\d left$/).waitFor();
  await view.screenshot('parked-calls-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  // The theme fades in.
  const colour = () => card.locator('ha-card').evaluate((e) => getComputedStyle(e).backgroundColor);
  await until('the dark theme', async () => (await colour()) === 'rgb(28, 28, 28)');
  await view.screenshot('parked-calls-dark');

  await card.getByRole('combobox', { name: 'Retrieve on' }).selectOption('Kitchen');
  await card.getByRole('button', { name: 'Retrieve Doorbell on Kitchen' }).click();
  await kitchen.waitFor('ringing');
  await card.getByText('Kitchen is being rung for Doorbell').waitFor();
  await view.screenshot('parked-calls-ringing');
  await kitchen.answer();
  await card.getByText('Doorbell is connected to Kitchen.').waitFor();
  await card.getByText('No parked calls').waitFor();
  const heard = press.soundPackets;
  await until('the visitor to hear the phone', () => press.soundPackets > heard + 25);
  expect(press.state).toBe('answered');
});

test('a phone that refuses is said in words, and the call stays parked', async () => {
  await using _press = await lab.doorbell('8000').press('444');
  await card.getByText('1 call waiting').waitFor();
  await card.getByRole('combobox', { name: 'Retrieve on' }).selectOption('Kitchen');
  await card.getByRole('button', { name: 'Retrieve Doorbell on Kitchen' }).click();
  await kitchen.waitFor('ringing');
  await kitchen.hangUp();
  await card
    .getByRole('alert')
    .getByText(/^Doorbell was not retrieved\. .*Kitchen/)
    .waitFor();
  expect(await card.getByText('1 call waiting').count()).toBe(1);
  await view.screenshot('parked-calls-refused');
});

test('names that callers choose stay text', async () => {
  const name = "<img src=x onerror=document.title='owned'>";
  await using _press = await lab.doorbell('8009').press('444', { callerName: name });
  await card.getByText('1 call waiting').waitFor();
  expect(await card.locator('.name').textContent()).toBe(name);
  expect(await card.locator('img').count()).toBe(0);
  expect(await page.title()).not.toBe('owned');
});

test('an Asterisk that is gone is said, and its return shows', async () => {
  await asterisk.kill();
  await card.getByText('Asterisk cannot be reached').first().waitFor({ timeout: 20_000 });
  await view.screenshot('parked-calls-unavailable');
  await asterisk.start();
  await card.getByText('No parked calls').waitFor({ timeout: 40_000 });
});

test('the visual editor changes it, and is offered the lots and phones that there are', async () => {
  await using editing = await browser.homeAssistant(homeAssistant, 'admin', path);
  const { page } = editing;
  await page.locator('asterisk-parked-calls').waitFor({ timeout: 30_000 });
  await page.goto(`${homeAssistant.url}${path}?edit=1`);
  await page.locator('hui-card-edit-mode').nth(1).click();
  const dialog = page.locator('hui-dialog-edit-card');
  await dialog.locator('ha-form input').first().fill('Who waits');
  await dialog.getByText('Parking lots', { exact: true }).waitFor();
  await dialog.getByText('Preselected until somebody chooses another.').waitFor();
  await dialog.getByRole('heading', { name: 'Who waits' }).waitFor();
  await dialog.locator('ha-selector-entity').last().locator('ha-entity-picker').click();
  const offered = dialog.locator('ha-picker-combo-box, ha-entity-combo-box-item, ha-combo-box-item');
  await offered.getByText('Kitchen').first().waitFor();
  await editing.screenshot('parked-calls-editor');
  expect(await offered.getByText('Missed calls').count()).toBe(0);
  await page.keyboard.press('Escape');
  await dialog.getByText('Save', { exact: true }).click();
  await card.getByRole('heading', { name: 'Who waits' }).waitFor();
  expect(editing.errors).toEqual([]);
});
