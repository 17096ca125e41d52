/** A gateway, or the page of a hotel, answers in the server's place: no page takes that for the server's word. */
import { expect } from '@jest/globals';
import { accounts } from '../support/admin-scenes.js';
import { fakePageSuite } from '../support/fake-page-suite.js';

const HTML = '<!doctype html><title>Welcome to our Wi-Fi</title>';
const FOREIGN = [
  { status: 200, contentType: 'text/html', body: HTML },
  // A firewall that asks the browser to prove itself.
  { status: 202, contentType: 'text/html; charset=utf-8', body: HTML },
  { status: 200, contentType: 'application/json', body: '{"ok":true}' },
  { status: 404, contentType: 'application/json', body: '{"code":"code_invalid"}' },
  { status: 404, contentType: 'text/html', body: HTML },
];
const UNAVAILABLE = 'The server cannot do this at the moment. Please try again shortly.';

fakePageSuite('answers of somebody else', (suite, it) => {
  const says = (text: string): Promise<void> => suite.page.locator('#message', { hasText: text }).waitFor();

  it.each(FOREIGN)('change no password and confirm no address: $status $contentType $body', async (answer) => {
    await suite.page.route('**/api/v1/auth/password/reset', (route) => route.fulfill(answer));
    await suite.page.route('**/api/v1/auth/email/verify', (route) => route.fulfill(answer));
    await suite.page.goto(`${suite.api.url}/reset#code=abc`);
    await suite.page.fill('#new-password', 'correct horse battery');
    await suite.page.fill('#repeated', 'correct horse battery');
    await suite.page.click('#choose button');
    await says(UNAVAILABLE);
    expect(await suite.page.locator('main h2:visible').innerText()).toBe('Choose a new password');
    await suite.page.goto(`${suite.api.url}/verify#code=abc`);
    await suite.page.click('#confirm [type=submit]');
    await says(UNAVAILABLE);
    expect(await suite.page.locator('main h2:visible').innerText()).toBe('Confirm your e-mail address');
    expect(suite.page.url()).toContain('#code=abc');
  });

  it.each(FOREIGN)('send no mail: $status $contentType $body', async (answer) => {
    await suite.page.route('**/api/v1/auth/password/forgot', (route) => route.fulfill(answer));
    await suite.page.click('text=Forgotten your password?');
    await suite.page.fill('#forgot-email', 'ada@example.com');
    await suite.page.press('#forgot-email', 'Enter');
    await says(UNAVAILABLE);
  });

  it.each(FOREIGN)('change no account: $status $contentType $body', async (answer) => {
    const { user_id: id } = accounts(suite.world, 1);
    await suite.enterAt(`/admin#user/${id}`);
    await suite.page.waitForSelector('#disable-user');
    await suite.page.route('**/api/v1/admin/users/*/disable', (route) => route.fulfill(answer));
    await suite.page.click('#disable-user');
    await suite.page.click('#confirm-go');
    await suite.page.getByText(UNAVAILABLE).waitFor();
    expect(await suite.page.isVisible('#confirm')).toBe(true);
    expect(await suite.message()).toBe('');
  });

  it.each(FOREIGN)('are no list of devices, no key and no note: $status $contentType $body', async (answer) => {
    await suite.signIn();
    await suite.page.route('**/api/v1/auth/devices?*', (route) => route.fulfill(answer));
    await suite.page.click('#reload');
    await suite.page.locator('#message.bad', { hasText: 'The server cannot' }).waitFor();
    expect(await suite.page.locator('.device').count()).toBe(1);
    await suite.page.route('**/api/v1/audit/{checkpoint,key}', (route) => route.fulfill(answer));
    await suite.page.goto(`${suite.api.url}/audit`);
    await suite.page.locator('#message.bad', { hasText: UNAVAILABLE }).waitFor();
    expect(await suite.page.textContent('#key')).toBe('');
  });
});
