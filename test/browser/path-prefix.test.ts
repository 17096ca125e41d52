/** The pages and cookie mode where the issuer has a path and a proxy passes on what is below it, in Chromium. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { cookieName } from '../../src/http/refresh-cookie.js';
import { changeRole, signedInAdmin } from '../support/admin.js';
import type { Credentials } from '../support/api-client.js';
import { browserDescribe } from '../support/backends.js';
import { TestBrowser } from '../support/browser.js';
import { outboxMail } from '../support/mail/outbox-mails.js';
import { PrefixProxy } from '../support/prefix-proxy.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

// Plain JavaScript, as the build runs it.
const { copyVendored } = (await import(new URL('../../../scripts/build/vendor.mjs', import.meta.url).href)) as {
  copyVendored: () => Promise<void>;
};

browserDescribe('an issuer with a path, behind a proxy that takes the path off', (it) => {
  const proxy = new PrefixProxy();
  let issuer: string;
  let app: RunningApp;
  let browser: TestBrowser;
  let context: BrowserContext;
  let page: Page;
  let said: string[];

  beforeAll(async () => {
    await proxy.start();
    issuer = `${proxy.url}/auth`;
    app = await startApp({ env: { ISSUER: issuer } });
    proxy.targets.set('/auth', app.url);
    browser = await TestBrowser.start();
  });
  afterAll(async () => {
    await browser.close();
    await proxy.stop();
    await app.close();
  });
  beforeEach(async () => {
    proxy.strays.length = 0;
    said = [];
    context = await browser.newContext();
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') said.push(`${message.location().url}: ${message.text()}`);
    });
    page.on('pageerror', (error) => said.push(error.message));
  });
  // Nothing of ours looks for anything at the root of the host.
  afterEach(async () => {
    await context.close();
    expect(proxy.strays).toEqual([]);
  });

  const signIn = async ({ email, password }: Credentials): Promise<void> => {
    await page.fill('#email', email);
    await page.fill('#password', password);
    await page.press('#password', 'Enter');
    await page.waitForSelector('#signed-in:not([hidden])');
  };
  /** Whether all of its style sheets and its image were found. */
  const isStyled = (): Promise<boolean> =>
    page.evaluate(
      "[...document.querySelectorAll('link[rel=stylesheet]')].every(({ sheet }) => sheet?.cssRules.length > 0) && document.querySelector('h1 img').naturalWidth > 0",
    );

  it('keeps somebody signed in over a reload in cookie mode, and signs them out', async () => {
    const credentials = freshCredentials();
    await app.api.register(credentials);
    await page.goto(`${issuer}/`);
    expect(await isStyled()).toBe(true);
    await signIn(credentials);
    await page.waitForSelector('.device');
    expect(await context.cookies(`${issuer}/api/v1/auth/refresh`)).toEqual([
      expect.objectContaining({ name: cookieName(issuer), path: '/auth/api/v1/auth', httpOnly: true }),
    ]);
    expect(await page.evaluate("JSON.parse(localStorage['tokenledger/auth.session']).cookie")).toBe(true);
    await page.reload();
    await page.waitForSelector('.device');
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out:not([hidden])');
    expect(await context.cookies(`${issuer}/api/v1/auth/refresh`)).toEqual([]);
    expect(said).toEqual([]);
  });

  it('confirms an address by the link of its mail, and leads on to the devices', async () => {
    const credentials = freshCredentials();
    await app.api.register(credentials);
    await page.goto(`${issuer}/`);
    await signIn(credentials);
    const { link } = await outboxMail(app.folder, credentials.email, 'Confirm');
    expect(link).toContain(`${issuer}/verify#code=`);
    await page.goto(link!);
    await page.getByText('This link is for').waitFor();
    expect(await isStyled()).toBe(true);
    await page.getByRole('button', { name: 'Confirm my address' }).click();
    await page.getByText('Your address is confirmed').waitFor();
    await page.getByRole('link', { name: 'See where you are signed in' }).click();
    await page.waitForSelector('.device');
    expect([page.url(), said]).toEqual([`${issuer}/`, []]);
  });

  it('changes a forgotten password by the link of its mail', async () => {
    const credentials = freshCredentials();
    await app.api.register(credentials);
    await app.api.post('password/forgot', { email: credentials.email });
    const { link } = await outboxMail(app.folder, credentials.email, 'Choose');
    await page.goto(link!);
    const password = 'a wholly other passphrase';
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password, once more').fill(password);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password is changed').waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn({ ...credentials, password });
    expect(said).toEqual([]);
  });

  it('does not meet another installation below another path of its host', async () => {
    const other = await startApp({ env: { ISSUER: `${proxy.url}/other` } });
    proxy.targets.set('/other', other.url);
    const [here, there] = [freshCredentials(), freshCredentials()];
    await app.api.register(here);
    await other.api.register(there);
    await page.goto(`${issuer}/`);
    await signIn(here);
    const own = page;
    page = await context.newPage();
    await page.goto(`${proxy.url}/other/`);
    await signIn(there);
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out:not([hidden])');
    page = own;
    await page.reload();
    await page.waitForSelector('.device');
    expect(await page.textContent('#who')).toContain(here.email);
    expect(said).toEqual([]);
    await other.close();
  });

  it('shows administrators and auditors their pages', async () => {
    const admin = await signedInAdmin(app);
    await changeRole(app, admin, { role: 'auditor', granted: true });
    await page.goto(`${issuer}/`);
    await signIn(admin);
    await page.click('#administration');
    await page.locator('#users a', { hasText: admin.email }).click();
    await page.locator('#user-title', { hasText: admin.email }).waitFor();
    await page.getByRole('link', { name: 'Your devices' }).click();
    await page.waitForSelector('.device');
    await page.goto(`${issuer}/audit`);
    await page.fill('#find-user', admin.email);
    await page.press('#find-user', 'Enter');
    await page.getByRole('heading', { name: admin.email }).waitFor();
    // There is no note yet.
    expect(said.filter((text) => !text.startsWith(`${issuer}/api/v1/audit/checkpoint: `))).toEqual([]);
  });

  it.each(['/nothing', '/deep/down/nothing', '/admin/'])('shows at %s, with style, that there is no page', async (path) => {
    await page.goto(issuer + path);
    await page.getByText('There is no page here').waitFor();
    expect(await isStyled()).toBe(true);
    await page.getByRole('link', { name: 'See where you are signed in' }).click();
    await page.waitForSelector('#signed-out:not([hidden])');
    expect(page.url()).toBe(`${issuer}/`);
    // Only the page itself was missing.
    expect(said).toEqual([expect.stringContaining(`${issuer + path}: `)]);
  });

  it('shows the description of the interface, and where that is', async () => {
    await copyVendored();
    await page.goto(`${issuer}/docs`);
    await page.getByText('Exchanges a refresh token for the next pair.').first().waitFor();
    // It has no field that shows it: what is sent from the page goes there.
    expect(await page.evaluate("document.querySelector('rapi-doc').selectedServer.computedUrl")).toBe(issuer);
    expect(said).toEqual([]);
  });
});
