import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';
import type { Context, Next } from 'koa';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { AUTH, type AuthModule } from './auth-module.js';
import { browserDescribe } from './backends.js';
import { TestBrowser } from './browser.js';
import { freshCredentials, startApp, type RunningApp } from './running-app.js';
import type { Credentials } from './api-client.js';

type It = Parameters<Parameters<typeof browserDescribe>[1]>[0];
export type Middleware = (ctx: Context, next: Next) => Promise<unknown>;

/** Longer than an access token lives. */
export const ACCESS_LIFETIME_MS = 31 * 60_000;
const BLANK = '/blank';
const DEVICE_NAME = 'My laptop';
// Several Chromiums may share few cores with other suites.
const TEST_TIMEOUT_MS = 180_000;
const ACTION_TIMEOUT_MS = 40_000;

/** A suite with a Chromium and an application of its own; each test begins with one fresh page that is signed out. */
export function pageSuite(name: string, suite: (browser: PageSuite, test: It) => void, options: PageOptions = {}): void {
  jest.setTimeout(TEST_TIMEOUT_MS);
  browserDescribe(name, (it) => {
    const pages = new PageSuite(options);
    beforeAll(() => pages.start());
    afterAll(() => pages.stop());
    beforeEach(() => pages.begin());
    afterEach(() => pages.context.close());
    suite(pages, it);
  });
}

export interface PageOptions {
  /** Environment variables of the application. */
  readonly env?: Readonly<Record<string, string>>;
}

export class PageSuite {
  app!: RunningApp;
  context!: BrowserContext;
  page!: Page;
  /** How far the server's clock is ahead of the machine's. */
  skewMs = 0;
  /** Stands before the application, for the test that sets it. */
  middleware: Middleware = (_ctx, next) => next();
  /** What was requested, and what was said on the console, in this test. */
  readonly urls: string[] = [];
  readonly said: string[] = [];
  #browser!: TestBrowser;
  readonly #options: PageOptions;

  constructor(options: PageOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.app = await startApp({
      ...this.#options,
      now: () => Date.now() + this.skewMs,
      middleware: (ctx, next) => {
        // As a server would whose clock that is.
        ctx.set('Date', new Date(Date.now() + this.skewMs).toUTCString());
        if (ctx.path === BLANK) {
          ctx.type = 'html';
          ctx.body = '<!doctype html><title>blank</title>';
          return Promise.resolve();
        }
        return this.middleware(ctx, next);
      },
    });
    this.#browser = await TestBrowser.start();
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.app.close();
  }

  async begin(): Promise<void> {
    this.skewMs = 0;
    this.middleware = (_ctx, next) => next();
    this.urls.length = 0;
    this.said.length = 0;
    this.context = await this.newContext();
    this.page = await this.open();
  }

  /** Another browser, with storage and cookies of its own. */
  async newContext(): Promise<BrowserContext> {
    const options = { viewport: { width: 1000, height: 800 }, locale: 'en-GB', timezoneId: 'UTC' } as const;
    const context = await this.#browser.newContext(options);
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    return context;
  }

  /** Another tab, showing the page unless something else is named. */
  async open(url = this.app.url): Promise<Page> {
    const opened = await this.context.newPage();
    opened.on('request', (request) => this.urls.push(request.url()));
    opened.on('console', (message) => this.said.push(message.text()));
    opened.on('pageerror', (error) => this.said.push(error.message));
    await opened.goto(url);
    return opened;
  }

  /** A tab of this origin without the page, which asks the server nothing by itself. */
  openBlank(): Promise<Page> {
    return this.open(this.app.url + BLANK);
  }

  /** Lets time pass for the server and for the browser; with `skewMs` alone the browser does not know that a token is old. */
  async advance(milliseconds: number): Promise<void> {
    this.skewMs += milliseconds;
    await this.page.clock.setSystemTime(Date.now() + this.skewMs);
  }

  /** Fills the form in. */
  async enter({ email, password }: Credentials): Promise<void> {
    await this.page.fill('#email', email);
    await this.page.fill('#password', password);
  }

  /**
   * Registers somebody by the API and signs them in, in which their device is then to be seen: by the form of the page, which takes
   * the cookie, or by an auth.js of its own beside it.
   */
  async signIn(mode: 'storage' | 'cookie' = 'storage', known?: Credentials): Promise<Credentials> {
    const credentials = known ?? freshCredentials();
    if (!known) await this.app.api.register(credentials);
    if (mode === 'cookie') {
      await this.#nameDevice();
      await this.enter(credentials);
      await this.page.press('#password', 'Enter');
    } else {
      await this.page.evaluate(
        async ([module, login]) => {
          const { createAuth } = (await import(module)) as AuthModule;
          await createAuth().login(login);
        },
        [AUTH, { ...credentials, mode, deviceName: DEVICE_NAME }] as const,
      );
    }
    await this.page.waitForSelector('.device');
    return credentials;
  }

  /** Gives this browser the name under which it signs in from now on, as if somebody had renamed it before. */
  async #nameDevice(): Promise<void> {
    const { id = randomUUID() } = (await this.stored<{ id?: string }>('device')) ?? {};
    const device = JSON.stringify({ id, name: DEVICE_NAME });
    await this.page.evaluate(`localStorage.setItem('tokenledger.device', ${JSON.stringify(device)})`);
  }

  async signOutEverywhere(): Promise<void> {
    await this.page.click('#sign-out-everywhere');
    await this.page.click('#confirm-go');
  }

  /** What shows a device, by its name. */
  device(name: string): Locator {
    return this.page.locator('.device', { has: this.page.locator('.name').getByText(name, { exact: true }) });
  }

  async waitForSignedOut(tab: Page = this.page): Promise<void> {
    await tab.waitForSelector('#signed-out:not([hidden])');
  }

  /** Something under a name in localStorage, as auth.js keeps it; null if it is not there. */
  async stored<T>(name: 'session' | 'device' | 'position' | 'unrevoked', tab: Page = this.page): Promise<T | null> {
    const text = await tab.evaluate<string | null>(`localStorage.getItem('tokenledger.${name}')`);
    return JSON.parse(text ?? 'null') as T | null;
  }

  /** How many events of a type the log has of the device of this browser. */
  async count(type: string): Promise<number> {
    const device = await this.stored<{ id: string }>('device');
    const events = await this.app.application.stores.eventStore.readAll({ maxCount: 100_000 });
    return events.filter((event) => event.stream.endsWith(`.${device!.id}`) && event.type === type).length;
  }

  rotations(): Promise<number> {
    return this.count('TokenRotated');
  }
}
