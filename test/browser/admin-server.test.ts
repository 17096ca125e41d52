/** The administrators' page and deleting an account, in Chromium over the real server. */
import { expect } from '@jest/globals';
import { signedInAdmin, signedInUser } from '../support/admin.js';
import type { Credentials } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { newestCode, userEvents } from '../support/log-reader.js';
import { pageSuite } from '../support/page-suite.js';

const MINUTE_MS = 60_000;

pageSuite('the administrators’ page over the server', (suite, it) => {
  const focused = (): Promise<string> =>
    suite.page.evaluate(
      "document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()",
    );
  const says = (text: string): Promise<void> => suite.page.locator('#message', { hasText: text }).waitFor();
  async function open(credentials: Credentials, address = '/admin'): Promise<void> {
    suite.page = await suite.open(suite.app.url + address);
    await suite.enter(credentials);
    await suite.page.press('#password', 'Enter');
  }

  it('finds a user, ends sessions, disables, enables, grants, and erases: each an event of that administrator', async () => {
    const admin = await signedInAdmin(suite.app);
    const ursula = await signedInUser(suite.app, 'Ursula');
    await suite.app.api.signIn(ursula, { device_name: 'Phone' });
    await open(admin);
    await suite.page.fill('#find-email', ` ${ursula.email.toUpperCase()} `);
    await suite.page.press('#find-email', 'Enter');
    await suite.page.locator('#user-title', { hasText: ursula.email }).waitFor();
    await suite.page.getByRole('button', { name: 'End the session on Phone' }).click();
    await says('The session on Phone was ended.');
    await suite.page.locator('#count', { hasText: /^1$/ }).waitFor();
    await suite.page.getByRole('button', { name: 'Grant the role Auditor' }).click();
    await suite.page.getByRole('button', { name: 'Revoke the role Auditor' }).waitFor();
    await suite.page.click('#reset-password');
    await suite.page.click('#confirm-go');
    await says('is sent a link');
    await suite.page.click('#disable-user');
    await suite.page.fill('#confirm-reason', 'Asked for it');
    await suite.page.click('#confirm-go');
    await says('is disabled.');
    expect((await suite.app.api.refresh(ursula.pair.refresh_token)).body.code).toBe('token_revoked');
    await suite.page.getByText('Not signed in anywhere.').waitFor();
    await suite.page.click('#enable-user');
    await suite.page.waitForSelector('#disable-user');
    // A sign-in of long ago is not enough for what ends sessions.
    await suite.advance(11 * MINUTE_MS);
    await suite.page.click('#erase-user');
    await suite.page.fill('#erase-typed', ursula.email);
    await suite.page.press('#erase-typed', 'Enter');
    await suite.page.waitForSelector('#erase-password');
    await suite.page.keyboard.type('wrong');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('That is not your password.').waitFor();
    await suite.page.fill('#erase-password', admin.password);
    await suite.page.keyboard.press('Enter');
    await says('The account was erased.');
    await suite.page.locator('#user-title', { hasText: 'Erased account' }).waitFor();
    const by = `admin:${admin.userId}`;
    const after = ['RoleGranted', 'PasswordResetRequested', 'UserDisabled', 'AllTokensRevoked', 'UserEnabled'];
    expect((await userEvents(suite.app, ursula.userId)).slice(2)).toEqual(
      [...after, 'UserErased', 'AllTokensRevoked'].map((type) => [type, by]),
    );
    expect(suite.said.filter((text) => text.includes('Content Security Policy'))).toEqual([]);
  });

  it('works by the keyboard alone, with the focus always to be seen', async () => {
    const admin = await signedInAdmin(suite.app);
    await open(admin, `/admin#user/${admin.userId}`);
    await suite.page.locator('.tag.own').waitFor();
    expect(await focused()).toBe('user-title');
    const press = async (key = 'Tab'): Promise<string> => {
      await suite.page.keyboard.press(key);
      const id = await focused();
      const outline = await suite.page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
      expect([id, outline]).toEqual([id, 'solid']);
      return id;
    };
    expect(await press()).toBe('reset-password');
    expect(await press()).toBe('disable-user');
    expect(await press()).toBe('reload');
    expect(await press()).toBe('sign-out-user');
    // The page's own session has no button; the one of the sign-in before has.
    expect(await press()).toMatch(/^End the session on /);
    expect(await press()).toBe('Revoke the role Administrator');
    expect(await press()).toBe('Grant the role Auditor');
    expect(await press()).toBe('Grant the role Resource server');
    expect(await press()).toBe('erase-user');
    await suite.page.keyboard.press('Enter');
    expect(await focused()).toBe('erase-title');
    expect(await press()).toBe('erase-typed');
    // What cannot be pressed yet is passed over.
    expect(await press()).toBe('Cancel');
    await suite.page.keyboard.press('Enter');
    expect(await focused()).toBe('erase-user');
  });

  it('is served with the headers of the other pages, and not under other paths', async () => {
    const [page, other] = await Promise.all(
      ['/admin', '/verify'].map((path) => suite.app.api.request(path, { headers: { accept: 'text/html' } })),
    );
    const own = ['date', 'content-length', 'last-modified', 'x-request-id', 'etag'];
    const headers = ({ headers: all }: { headers: Headers }): [string, string][] =>
      [...all].filter(([name]) => !own.includes(name));
    expect(headers(page!)).toEqual(headers(other!));
    expect(page!.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page!.text).not.toMatch(/<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=/);
    for (const path of ['/admin/', '/ADMIN', '/admin/users']) expect((await suite.app.api.request(path)).status).toBe(404);
  });

  it('is led to from the page of an administrator', async () => {
    const admin = await signedInAdmin(suite.app);
    await suite.signIn('cookie', admin);
    await suite.page.click('#administration');
    // Who is signed in there is signed in here.
    await suite.page.locator('#users a', { hasText: admin.email }).first().waitFor();
    await suite.page.getByRole('link', { name: 'Your devices' }).click();
    await suite.page.waitForSelector('.device');
  });

  it('deletes the own account: signed out everywhere, and the address is free', async () => {
    const credentials = await suite.signIn('cookie');
    const other = await suite.app.api.signIn(credentials, { device_name: 'Phone' });
    const tab = await suite.open();
    await tab.waitForSelector('.device');
    await suite.page.click('#delete-account');
    await suite.page.fill('#delete-password', credentials.password);
    await suite.page.keyboard.press('Enter');
    await suite.page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
    await suite.waitForSignedOut(tab);
    expect(await suite.context.cookies(`${suite.app.url}/api/v1/auth`)).toEqual([]);
    expect((await suite.app.api.refresh(other.refresh_token)).status).toBe(401);
    await eventually('the address is free', async () => (await suite.app.api.register(credentials)).status === 201);
  });

  it('asks for another link to confirm the address, and asks no more once it is confirmed', async () => {
    const user = await signedInUser(suite.app);
    await suite.signIn('cookie', user);
    const requests = async (): Promise<number> =>
      (await userEvents(suite.app, user.userId)).filter(([type]) => type === 'EmailVerificationRequested').length;
    const before = await requests();
    await suite.page.click('#verify-again');
    await suite.page.getByText('A new link is on its way').waitFor();
    expect(await requests()).toBe(before + 1);
    const code = await newestCode(suite.app, user.userId, 'EmailVerificationRequested');
    expect((await suite.app.api.post('email/verify', { code })).status).toBe(204);
    await eventually('it asks no more', async () => {
      await suite.page.click('#reload');
      return !(await suite.page.isVisible('#unverified'));
    });
  });
});
