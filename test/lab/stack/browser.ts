import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser as Chromium, chromium, type Page } from 'playwright-core';
import type { HomeAssistant } from './homeassistant.ts';
import { needPrograms } from './machine.ts';
import type { HassUsers } from './onboarding.ts';
import type { Place } from './place.ts';
import { MARK } from './service.ts';

/** How a page is looked at. */
export interface ViewOptions {
  /** Default light. */
  readonly colorScheme?: 'light' | 'dark';
  /** Pixels; default 1280 × 800. */
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A headless Chromium. */
export class Browser implements AsyncDisposable {
  readonly #place: Place;
  readonly #chromium: Chromium;

  private constructor(place: Place, browser: Chromium) {
    this.#place = place;
    this.#chromium = browser;
  }

  /** Starts it; installs it first where there is none. */
  static async start(place: Place): Promise<Browser> {
    await needPrograms({ chromium: 'chromium' });
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
      env: { ...process.env, [MARK]: place.run } as Record<string, string>,
    });
    return new Browser(place, browser);
  }

  /** Opens any address, as a visitor without a past. */
  async open(url: string, { colorScheme = 'light', viewport }: ViewOptions = {}): Promise<View> {
    const size = viewport ?? { width: 1280, height: 800 };
    const context = await this.#chromium.newContext({ colorScheme, viewport: size });
    const page = await context.newPage();
    const view = new View(page, join(this.#place.cache, 'screenshots'));
    await page.goto(url);
    return view;
  }

  /** Logs in to Home Assistant through its login page and opens a path, as in `/lovelace/0`. */
  async homeAssistant(
    homeAssistant: HomeAssistant,
    user: keyof HassUsers,
    path = '/',
    options: ViewOptions = {},
  ): Promise<View> {
    const { username, password } = homeAssistant.users[user];
    const view = await this.open(homeAssistant.url + path, options);
    await view.page.fill('input[name=username]', username);
    await view.page.fill('input[name=password]', password);
    await view.page.press('input[name=password]', 'Enter');
    await view.page.waitForSelector('home-assistant-main', { timeout: 60_000 });
    await view.page.waitForSelector('ha-panel-lovelace, partial-panel-resolver', { state: 'attached' });
    return view;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chromium.close();
  }
}

/** A page in the browser. */
export class View implements AsyncDisposable {
  readonly page: Page;
  /** What the page has complained of: console errors and uncaught exceptions. */
  readonly errors: string[] = [];
  readonly #screenshots: string;

  constructor(page: Page, screenshots: string) {
    this.page = page;
    this.#screenshots = screenshots;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(`${message.text()} (${message.location().url})`);
    });
  }

  /** Takes a picture into the lab's cache folder, `screenshots/NAME.png`, and gives its path. */
  async screenshot(name: string): Promise<string> {
    await mkdir(this.#screenshots, { recursive: true });
    const path = join(this.#screenshots, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}
