/** The page and auth.js in a real Chromium, against a real server. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startBrowser } from '../support/browser.js';
import { browserDescribe } from '../support/backends.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The module under test, as pages import it. */
const AUTH = '/js/auth.js';

let app: RunningApp;
let now: () => number;
let skewMs = 0;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const seen: string[] = [];

browserDescribe('the page in Chromium', (it) => {
  beforeAll(async () => {
    now = () => Date.now() + skewMs;
    app = await startApp({ now: () => now() });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });
  beforeEach(async () => {
    skewMs = 0;
    seen.length = 0;
    context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
    page = await openPage();
  });
  afterEach(() => context.close());

  it('registers, signs in, shows the device and its life, and signs out', async () => {
    const { email, password } = freshCredentials();
    await enter(email, password, 'My laptop');
    await page.click('button[value=register]');
    await page.waitForSelector('.card');
    expect(await page.textContent('#who')).toBe(`Signed in as ${email}`);
    expect(await page.textContent('.card h3')).toBe('My laptop (this device)');
    expect(await page.textContent('[data-field=left]')).toMatch(/^(6 d 23 h|7 d 0 h)$/);
    await page.click('.card summary');
    await page.waitForSelector('.timeline li');
    expect(await page.getAttribute('.timeline li', 'data-type')).toBe('TokenIssued');
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out:not([hidden])');
    expect(await page.textContent('#message')).toBe('You are signed out.');
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('eyJ');
    await enter(email, `${password}!`);
    await page.click('button[value=sign-in]');
    await page.waitForSelector('#message.bad');
    expect(await page.textContent('#message')).toBe('The address or the password is wrong.');
  });

  it('with an old access token, three requests at once succeed with exactly one rotation in the log', async () => {
    await signIn();
    skewMs = 31 * 60_000;
    const before = await rotations();
    const statuses = await page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const auth = createAuth();
      const answers = await Promise.all([1, 2, 3].map(() => auth.apiRequest('/api/v1/auth/me')));
      return answers.map(({ status }) => status);
    }, AUTH);
    expect(statuses).toEqual([200, 200, 200]);
    expect((await rotations()) - before).toBe(1);
  });

  it('refreshes ahead of the expiry, so that no request is refused for it', async () => {
    const brief = await startApp({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '0.1' } });
    try {
      const refused: string[] = [];
      page.on('response', (response) => {
        if (response.status() === 401) refused.push(response.url());
      });
      const credentials = freshCredentials();
      await brief.api.register(credentials);
      await page.goto(brief.url);
      await enter(credentials.email, credentials.password);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.card');
      // Of six seconds the last fifth counts as the end.
      const refreshed = page.waitForResponse('**/api/v1/auth/refresh', { timeout: 10_000 });
      await sleep(5_000);
      expect(await requestMe(page)).toBe(200);
      expect((await refreshed).status()).toBe(200);
      expect(refused).toEqual([]);
    } finally {
      await brief.close();
    }
  });

  it('two tabs that refresh at once, ten times, hold the same token, and nobody is signed out', async () => {
    await signIn();
    const other = await openPage();
    for (let time = 1; time <= 10; time += 1) {
      skewMs += 31 * 60_000;
      const statuses = await Promise.all([page, other].map((tab) => requestMe(tab)));
      expect(statuses).toEqual([200, 200]);
    }
    expect(await rotations()).toBe(10);
  });

  it('a response that is cut off after the commit costs nothing', async () => {
    await signIn();
    skewMs = 31 * 60_000;
    let cut = 0;
    await page.route('**/api/v1/auth/refresh', async (route) => {
      if (cut > 0) return route.continue();
      cut += 1;
      await route.fetch();
      return route.abort('connectionreset');
    });
    expect(await requestMe(page)).toBe(200);
    expect(cut).toBe(1);
    expect(await rotations()).toBe(1);
    expect(await count('TokenRedelivered')).toBe(1);
  });

  it('a tab that is frozen while it holds the lock does not keep the others from going on', async () => {
    await signIn();
    const frozen = await openPage();
    await frozen.evaluate("void navigator.locks.request('tokenledger', () => new Promise(() => undefined))");
    skewMs = 31 * 60_000;
    expect(await requestMe(page)).toBe(200);
  });

  it('a sign-out elsewhere is seen', async () => {
    const credentials = await signIn();
    const other = await app.api.signIn(credentials);
    expect((await app.api.logoutAll(other.access_token)).status).toBe(204);
    await page.click('#reload');
    await page.waitForSelector('#signed-out:not([hidden])');
    expect(await page.textContent('#message')).not.toBe('');
  });

  it('signing out in one tab signs out the others', async () => {
    await signIn();
    const other = await openPage();
    await other.waitForSelector('.card');
    await page.click('#sign-out');
    await other.waitForSelector('#signed-out:not([hidden])');
  });

  it('with the refresh token in a cookie no script can read one, and a reload stays signed in', async () => {
    const credentials = freshCredentials();
    await app.api.register(credentials);
    await enter(credentials.email, credentials.password);
    await page.check('#cookie');
    await page.click('button[value=sign-in]');
    await page.waitForSelector('.card');
    const readable = await page.evaluate('JSON.stringify(localStorage) + document.cookie');
    expect(readable).not.toContain('eyJ');
    const [cookie] = await context.cookies(`${app.url}/api/v1/auth`);
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/api/v1/auth' });
    await page.reload();
    await page.waitForSelector('.card');
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out:not([hidden])');
  });

  it('being offline or a server in trouble signs nobody out', async () => {
    await signIn();
    skewMs = 31 * 60_000;
    await page.route('**/api/v1/auth/refresh', (route) => route.fulfill({ status: 503, body: '' }));
    const refused = await page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const auth = createAuth({ retryForMs: 500 });
      const failure = await auth.apiRequest('/api/v1/auth/me').catch((error: unknown) => String(error));
      return { failure, signedIn: auth.getSession() !== null };
    }, AUTH);
    expect(refused.signedIn).toBe(true);
    expect(refused.failure).toContain('AuthError');
    await page.unroute('**/api/v1/auth/refresh');
    expect(await requestMe(page)).toBe(200);
  });

  it('signs out another device from its card, all others, and everywhere', async () => {
    const credentials = await signIn();
    const second = await app.api.signIn(credentials, { device_name: 'Second' });
    const third = await app.api.signIn(credentials, { device_name: 'Third' });
    await page.click('#reload');
    await page.getByRole('button', { name: 'Sign out Second' }).click();
    await page.getByText('Second was signed out.').waitFor();
    expect((await app.api.refresh(second.refresh_token)).status).toBe(401);
    await page.getByText('Third').waitFor();
    await page.click('#sign-out-others');
    await page.getByText('All other devices were signed out.').waitFor();
    expect((await app.api.refresh(third.refresh_token)).status).toBe(401);
    await page.getByText('Third').waitFor({ state: 'detached' });
    expect(await page.locator('.card').count()).toBe(1);
    await page.click('#sign-out-everywhere');
    await page.waitForSelector('#signed-out:not([hidden])');
  });

  it('keeps the device over sign-ins: its id, its name and its history', async () => {
    const credentials = await signIn();
    const { device } = await stored();
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out:not([hidden])');
    await enter(credentials.email, credentials.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card');
    expect((await stored()).device).toBe(device);
    expect(await page.textContent('.card h3')).toBe('My laptop (this device)');
    expect(await count('TokenIssued')).toBe(2);
  });

  it('signs out here at once when the server is away, and being offline signs nobody out', async () => {
    await signIn();
    skewMs = 31 * 60_000;
    await context.setOffline(true);
    const offline = await page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const auth = createAuth({ retryForMs: 500 });
      const failure = await auth.apiRequest('/api/v1/auth/me').catch((error: unknown) => String(error));
      return { failure, signedIn: auth.getSession() !== null };
    }, AUTH);
    expect(offline).toMatchObject({ signedIn: true });
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out:not([hidden])');
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('eyJ');
    await page.getByText('the server could not be told yet').waitFor();
    await context.setOffline(false);
  });

  it('sends the Bearer token to the API’s origin alone, and a body that is a stream twice if need be', async () => {
    await signIn();
    const other = await startApp();
    try {
      const bearers: (string | undefined)[] = [];
      await page.route(`${other.url}/**`, (route) => {
        bearers.push(route.request().headers().authorization);
        return route.fulfill({ status: 200, body: '{}', headers: { 'access-control-allow-origin': '*' } });
      });
      // The page's own policy keeps it from other origins: asked without it.
      await page.route(`${app.url}/`, async (route) => {
        const response = await route.fetch();
        return route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': '' } });
      });
      await page.reload();
      await page.waitForSelector('.card');
      skewMs = 31 * 60_000;
      const statuses = await page.evaluate(
        async ([module, stranger]) => {
          const { createAuth } = (await import(module)) as AuthModule;
          const auth = createAuth();
          const foreign = await auth.apiRequest(`${stranger}/anything`);
          const body = new Blob(['{"keep_current":true}']).stream();
          const headers = { 'Content-Type': 'application/json' };
          const own = await auth.apiRequest('/api/v1/auth/logout/all', { method: 'POST', body, headers });
          return [foreign.status, own.status];
        },
        [AUTH, other.url] as const,
      );
      expect(statuses).toEqual([200, 204]);
      expect(bearers).toEqual([undefined]);
      expect(await rotations()).toBe(1);
    } finally {
      await other.close();
    }
  });

  it('no token is ever in a URL, in the page or on the console', async () => {
    const { email, password } = freshCredentials();
    await enter(email, password);
    await page.click('button[value=register]');
    await page.waitForSelector('.card');
    skewMs = 31 * 60_000;
    expect(await requestMe(page)).toBe(200);
    expect(await page.content()).not.toContain('eyJ');
    expect(seen.join('\n')).not.toContain('eyJ');
    // The browser itself notes the 401 that made auth.js refresh; nothing else is to be said.
    const said = seen.filter((line) => line.startsWith('console') && !line.includes('Failed to load resource'));
    expect(said).toEqual([]);
  });

  it.each([
    ['light', 'signed out', 1000],
    ['dark', 'signed out', 360],
    ['light', 'signed in', 360],
    ['dark', 'signed in', 1000],
  ] as const)('has no accessibility violation: %s, %s, %d pixels wide', async (colorScheme, state, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    if (state === 'signed in') {
      await signIn();
      skewMs = 31 * 60_000;
      await page.click('#reload');
      await page.getByText('1 ×').waitFor();
      await page.click('.card summary');
      await page.waitForSelector('.timeline li');
    }
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      return (await axe.run()).violations.map(({ id }) => id);
    });
    expect(violations).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    const folder = process.env.SCREENSHOTS;
    if (folder !== undefined) {
      const name = `${state} ${colorScheme} ${width}`.replaceAll(' ', '-');
      await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    }
  });
});

interface AuthModule {
  readonly createAuth: (config?: { retryForMs: number }) => {
    readonly apiRequest: (path: string, init?: RequestInit) => Promise<Response>;
    readonly getSession: () => object | null;
  };
}

async function openPage(): Promise<Page> {
  const opened = await context.newPage();
  opened.on('request', (request) => seen.push(`url ${request.url()}`));
  opened.on('console', (message) => seen.push(`console ${message.text()}`));
  opened.on('pageerror', (error) => seen.push(`console ${error.message}`));
  await opened.goto(app.url);
  return opened;
}

async function enter(email: string, password: string, device = ''): Promise<void> {
  await page.fill('#email', email);
  await page.fill('#password', password);
  await page.fill('#device-name', device);
}

async function signIn(): Promise<{ email: string; password: string }> {
  const credentials = freshCredentials();
  await app.api.register(credentials);
  await enter(credentials.email, credentials.password, 'My laptop');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.card');
  return credentials;
}

const requestMe = (tab: Page): Promise<number> =>
  tab.evaluate(async (module) => {
    const { createAuth } = (await import(module)) as AuthModule;
    return (await createAuth().apiRequest('/api/v1/auth/me')).status;
  }, AUTH);

/** What auth.js keeps of this browser. */
async function stored(): Promise<{ device: string }> {
  const device = await page.evaluate<string>("localStorage.getItem('tokenledger.device')");
  return { device: (JSON.parse(device) as { id: string }).id };
}

/** How many events of a type the device has that this browser signed in on. */
async function count(type: string): Promise<number> {
  const { device } = await stored();
  const events = await app.application.stores.eventStore.readAll({ maxCount: 100_000 });
  return events.filter((event) => event.stream.endsWith(`.${device}`) && event.type === type).length;
}

const rotations = (): Promise<number> => count('TokenRotated');
