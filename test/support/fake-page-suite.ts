import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { browserDescribe } from './backends.js';
import { TestBrowser } from './browser.js';
import { FakeApi } from './fake-api.js';
import { FakeWorld } from './fake-world.js';

type It = Parameters<Parameters<typeof browserDescribe>[1]>[0];

// Several Chromiums may share few cores with other suites.
const TEST_TIMEOUT_MS = 180_000;
const ACTION_TIMEOUT_MS = 30_000;

export const ADA = { email: 'ada@example.com', password: 'correct horse battery' };

/** A suite with a Chromium and a server that plays from a script; each test begins with one fresh page that is signed out. */
export function fakePageSuite(name: string, suite: (pages: FakePageSuite, test: It) => void, address = '/'): void {
  jest.setTimeout(TEST_TIMEOUT_MS);
  browserDescribe(name, (it) => {
    const pages = new FakePageSuite(address);
    beforeAll(() => pages.start());
    afterAll(() => pages.stop());
    beforeEach(() => pages.begin());
    afterEach(() => pages.context.close());
    suite(pages, it);
  });
}

export class FakePageSuite {
  context!: BrowserContext;
  page!: Page;
  readonly api = new FakeApi();
  /** What was said on the console in this test. */
  readonly said: string[] = [];
  #browser!: TestBrowser;
  readonly #address: string;

  /** @param address where each test begins */
  constructor(address: string) {
    this.#address = address;
  }

  get world(): FakeWorld {
    return this.api.world;
  }

  async start(): Promise<void> {
    await this.api.start();
    this.#browser = await TestBrowser.start();
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.api.stop();
  }

  async begin(): Promise<void> {
    this.api.world = new FakeWorld();
    this.world.email = ADA.email;
    this.world.password = ADA.password;
    this.said.length = 0;
    const options = { viewport: { width: 1000, height: 800 }, locale: 'en-GB', timezoneId: 'UTC' } as const;
    this.context = await this.#browser.newContext({ ...options, reducedMotion: 'reduce' });
    this.context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    this.page = await this.open(this.#address);
  }

  async open(address = '/'): Promise<Page> {
    const page = await this.context.newPage();
    page.on('console', (message) => this.said.push(message.text()));
    page.on('pageerror', (error) => this.said.push(error.message));
    await page.goto(this.api.url + address);
    return page;
  }

  /** Signs the one account in by the form that is shown. */
  async enter(): Promise<void> {
    await this.page.fill('#email', ADA.email);
    await this.page.fill('#password', ADA.password);
    await this.page.press('#password', 'Enter');
  }

  /** Goes to an address in a new tab, and signs in there. */
  async enterAt(address: string): Promise<void> {
    await this.page.close();
    this.page = await this.open(address);
    await this.enter();
  }

  /** Signs in on the page that shows devices, with those that a test has put into the world beside this one. */
  async signIn(): Promise<void> {
    await this.enter();
    await this.page.locator('.device').first().waitFor();
  }

  /** What shows a device, by its name. */
  device(name: string): Locator {
    return this.page.locator('.device', { has: this.page.locator('.name').getByText(name, { exact: true }) });
  }

  /** The id of what has the focus, or else its name for assistive technology, or its text. */
  focused(): Promise<string> {
    return this.page.evaluate(
      "document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()",
    );
  }

  message(): Promise<string | null> {
    return this.page.textContent('#message');
  }
}
