/** The pages behind the links in mails, over a scripted API. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { browserDescribe } from '../support/backends.js';
import { TestBrowser } from '../support/browser.js';
import { MailPagesApi, type ScriptedAnswer } from '../support/mail/mail-pages-api.js';

const USER = '0b5c6a52-6f0e-4f5e-9d8c-0f5e7a3b9c11';
const CODE = `${USER}.${'c0de'.repeat(10)}abc`;
const PASSWORD = 'correct horse battery';

browserDescribe('the pages of mails', (it) => {
  let browser: TestBrowser;
  let api: MailPagesApi;
  let page: Page;
  const said: string[] = [];

  beforeAll(async () => {
    browser = await TestBrowser.start();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    api = new MailPagesApi();
    await api.start();
    page = await browser.newPage({ viewport: { width: 1000, height: 800 }, locale: 'en-GB' });
    page.setDefaultTimeout(30_000);
    said.length = 0;
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) said.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    await api.stop();
    expect(said).toEqual([]);
  });

  const open = (where: 'verify' | 'reset', fragment = `#code=${CODE}`): Promise<unknown> =>
    page.goto(`${api.url}/${where}${fragment}`);
  const refused = (status: number, code: string, rest: object = {}): (() => ScriptedAnswer) => {
    return () => ({ status, body: { code, ...rest }, headers: { 'Retry-After': '900' } });
  };
  const heading = async (): Promise<string> => page.locator('main h2:visible').innerText();
  const shows = (text: string): Promise<void> => page.getByText(text).first().waitFor();
  async function choose(password: string, repeated = password): Promise<void> {
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password, once more').fill(repeated);
    await page.getByRole('button', { name: 'Change the password' }).click();
  }
  /** A session of this browser, as auth.js keeps it. */
  async function signedInAs(userId: string): Promise<void> {
    api.me = { status: 200, body: { user_id: userId, email: 'ada@example.com' } };
    const tokens = { access_token: 'a.b.c', refresh_token: 'r.r.r', token_type: 'bearer', expires_in: 1_800 };
    const rest = { refresh_expires_in: 86_400, refresh_grace_seconds: 30, session_id: USER, device_id: USER };
    api.answer = () => ({ status: 200, body: { ...tokens, ...rest } });
    await page.goto(`${api.url}/verify`);
    await page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as {
        createAuth: (of: object) => { login(of: object): Promise<unknown> };
      };
      await createAuth({ mode: 'storage' }).login({ email: 'ada@example.com', password: 'correct horse battery' });
    }, '/js/auth.js');
    api.answer = () => ({ status: 204 });
    api.requests.length = 0;
    await page.goto('about:blank');
  }

  it('changes nothing by opening a link, also for who runs its scripts', async () => {
    for (const where of ['verify', 'reset'] as const) {
      await open(where);
      await page.locator('main form').waitFor();
      await page.waitForLoadState('networkidle');
    }
    expect(api.requests).toEqual([]);
  });

  it('keeps the code out of every address that is asked for', async () => {
    await open('verify');
    await page.getByRole('button', { name: 'Confirm my address' }).click();
    await shows('Your address is confirmed');
    expect(api.urls.filter((url) => url.includes('c0de'))).toEqual([]);
    expect(await page.locator('meta[name=referrer]').getAttribute('content')).toBe('no-referrer');
  });

  it('confirms the address by its button, says what comes next, and forgets the code', async () => {
    await open('verify');
    await page.getByRole('button', { name: 'Confirm my address' }).click();
    await shows('You can close this page.');
    expect(api.requests).toEqual([{ path: '/api/v1/auth/email/verify', body: { code: CODE }, cookie: undefined }]);
    expect(page.url()).toBe(`${api.url}/verify`);
    expect(await page.evaluate('document.activeElement.id')).toBe('done-title');
  });

  it('sends nothing for somebody who says that it was not them, and says what they can do', async () => {
    await open('verify');
    await page.getByRole('button', { name: 'This was not me' }).click();
    await shows('It stays unconfirmed');
    expect(await page.getByRole('link', { name: 'Choose a password' }).getAttribute('href')).toBe('./#forgotten-password');
    expect(api.requests).toEqual([]);
  });

  it('names the address of who is signed in here, and says whether the link is for it', async () => {
    await signedInAs(USER);
    await open('verify');
    await shows('This link is for ada@example.com, the account that you are signed in to here.');
    await open('reset');
    await page.waitForFunction("document.querySelector('#username').value === 'ada@example.com'");
    await signedInAs('11111111-6f0e-4f5e-9d8c-0f5e7a3b9c11');
    await open('verify');
    await shows('This link is not for ada@example.com, the account that you are signed in to here.');
  });

  it('changes the password, and says that every device is signed out', async () => {
    await open('reset');
    await choose(PASSWORD);
    await shows('Your password is changed');
    const body = { code: CODE, new_password: PASSWORD };
    expect(api.requests).toEqual([{ path: '/api/v1/auth/password/reset', body, cookie: undefined }]);
    expect(page.url()).toBe(`${api.url}/reset`);
  });

  it('lets a password manager know what the fields are for', async () => {
    await open('reset');
    const inputs = await page.locator('#choose input').all();
    const purposes = await Promise.all(inputs.map((input) => input.getAttribute('autocomplete')));
    expect(purposes).toEqual(['username', 'new-password', 'new-password']);
  });

  it.each([
    ['', '', '#new-password', 'Please choose a password.'],
    ['short', 'short', '#new-password', 'Please take at least 12 characters; these are 5.'],
    [PASSWORD, 'correct horse', '#repeated', 'This is not the same password.'],
  ])('says at the field what is wrong with %j and %j, and sends nothing', async (password, repeated, field, words) => {
    await open('reset');
    await choose(password, repeated);
    await shows(words);
    const input = page.locator(field);
    expect(await input.getAttribute('aria-invalid')).toBe('true');
    expect(await input.getAttribute('aria-describedby')).toContain(`${field.slice(1)}-error`);
    expect(await page.locator(`${field}:focus`).count()).toBe(1);
    expect(api.requests).toEqual([]);
    await choose(PASSWORD);
    await shows('Your password is changed');
  });

  it.each([
    ['password_too_common', {}, 'Many people use this password'],
    [
      'validation_failed',
      { errors: [{ path: 'new_password', message: 'must be another one' }] },
      'The password must be another one.',
    ],
    ['validation_failed', { errors: [{ path: 'new_password', message: 'Too big' }] }, 'This password cannot be used.'],
  ])('says at the field what the server finds: %s %j', async (code, rest, words) => {
    api.answer = refused(422, code, rest);
    await open('reset');
    await choose(PASSWORD);
    await shows(words);
    expect(await page.locator('#new-password').getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#message').innerText()).toBe('');
  });

  it.each([
    ['verify', 400, 'code_invalid', 'It was used already, or a newer mail has taken its place.', true],
    ['verify', 400, 'code_expired', 'It has expired.', true],
    ['reset', 400, 'code_invalid', 'It was used already, or a newer mail has taken its place.', true],
    ['reset', 400, 'code_expired', 'It has expired.', true],
    ['verify', 429, 'too_many_requests', 'Please try again in 15 minutes.', false],
    ['reset', 503, 'unavailable', 'The server cannot do this at the moment.', false],
  ] as const)('says on %s in plain words that %d %s', async (where, status, code, words, isDead) => {
    api.answer = refused(status, code);
    await open(where);
    if (where === 'verify') await page.getByRole('button', { name: 'Confirm my address' }).click();
    else await choose(PASSWORD);
    await shows(words);
    expect(await heading()).toBe(
      isDead ? 'This link cannot be used' : where === 'verify' ? 'Confirm your e-mail address' : 'Choose a new password',
    );
    expect(await page.locator('#way-on').isVisible()).toBe(isDead);
  });

  it('says that the server cannot be reached, and works once it can', async () => {
    await open('verify');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Confirm my address' }).click();
    await shows('The server cannot be reached. Are you online?');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Confirm my address' }).click();
    await shows('Your address is confirmed');
  });

  it('sends a code once, however often the button is pressed meanwhile', async () => {
    let answer: (of: ScriptedAnswer) => void = () => undefined;
    api.answer = () => new Promise<ScriptedAnswer>((resolve) => (answer = resolve));
    await open('verify');
    const button = page.getByRole('button', { name: 'Confirm my address' });
    await button.dblclick();
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    answer({ status: 204 });
    await shows('Your address is confirmed');
    expect(api.requests).toHaveLength(1);
  });

  it.each(['', '#', '#code=', '#other=1'])('says that the link is not whole: %j', async (fragment) => {
    await open('verify', fragment);
    await shows('A part of it is missing.');
    expect(await page.getByRole('button').count()).toBe(0);
  });

  it('takes another link that is opened in the same tab', async () => {
    await open('verify', '#code=broken');
    await page.evaluate(`location.hash = '#code=${CODE}'`);
    await page.waitForLoadState('load');
    await page.getByRole('button', { name: 'Confirm my address' }).click();
    await shows('Your address is confirmed');
    expect(api.requests.map(({ body }) => body)).toEqual([{ code: CODE }]);
  });
});
