/** The administrators' page over a scripted server: who may see it, finding accounts, and what goes wrong. */
import { expect } from '@jest/globals';
import { accounts, administrator, user } from '../support/admin-scenes.js';
import { ADA, fakePageSuite } from '../support/fake-page-suite.js';
import { problem, type FakeRequest } from '../support/fake-answer.js';

const USERS = '/api/v1/admin/users';

fakePageSuite('the administrators’ page', (suite, it) => {
  const limited = ({ path, method }: FakeRequest): ReturnType<typeof problem> | undefined =>
    path.startsWith(USERS) && method !== 'GET'
      ? problem(429, 'too_many_requests', {}, { 'retry-after': '900' })
      : undefined;
  const says = (text: string): Promise<void> => suite.page.locator('#message', { hasText: text }).waitFor();

  it('says kindly that it is for administrators, and shows and asks for nothing else', async () => {
    await suite.enterAt('/admin');
    await suite.page.getByText(`You are signed in as ${ADA.email}`).waitFor();
    expect(await suite.focused()).toBe('no-access-title');
    expect(await suite.page.isVisible('#list-view')).toBe(false);
    expect(suite.world.requests.some(({ path }) => path.startsWith(USERS))).toBe(false);
    await suite.page.click('#sign-out');
    await suite.page.waitForSelector('#sign-in');
    expect(await suite.page.content()).not.toContain(ADA.email);
  });

  it('pages through all accounts, and comes back to the one that was looked at', async () => {
    administrator(suite.world);
    for (let number = 1; number <= 60; number += 1) suite.world.users.push(user({ email: `user${number}@example.com` }));
    await suite.enterAt('/admin');
    const items = suite.page.locator('#users li');
    await items.nth(49).waitFor();
    expect(await items.count()).toBe(50);
    await suite.page.click('#more-users');
    await items.nth(60).waitFor();
    expect(await suite.page.isVisible('#more-users')).toBe(false);
    expect(await suite.focused()).toBe('user50@example.com');
    await suite.page.getByRole('link', { name: 'user55@example.com' }).click();
    await suite.page.locator('#user-title', { hasText: 'user55@example.com' }).waitFor();
    expect(await suite.focused()).toBe('user-title');
    expect(await suite.page.isVisible('#list-view')).toBe(false);
    await suite.page.goBack();
    await suite.page.waitForSelector('#list-view');
    await suite.page.waitForFunction("document.activeElement.textContent === 'user55@example.com'");
    expect(await items.count()).toBe(61);
  });

  it('finds an account by its address, and says if there is none', async () => {
    accounts(suite.world, 1);
    await suite.enterAt('/admin');
    await suite.page.fill('#find-email', 'nobody@example.com');
    await suite.page.press('#find-email', 'Enter');
    await suite.page.getByText('There is no account with this address.').waitFor();
    await suite.page.fill('#find-email', 'not an address');
    await suite.page.press('#find-email', 'Enter');
    await suite.page.getByText('Please enter an address such as').waitFor();
    await suite.page.fill('#find-email', 'layla@example.com');
    await suite.page.press('#find-email', 'Enter');
    await suite.page.locator('#user-title', { hasText: 'layla@example.com' }).waitFor();
    expect(await suite.page.locator('#user-tags .tag').allTextContents()).toEqual(['Disabled']);
    expect(await suite.page.isVisible('#enable-user')).toBe(true);
    for (const id of ['disable-user', 'reset-password', 'sign-out-user'])
      expect([id, await suite.page.isVisible(`#${id}`)]).toEqual([id, false]);
  });

  it('shows every name as it is, whichever way it runs, and never as markup', async () => {
    administrator(suite.world);
    const nasty = '<img src=x onerror="document.title=1">';
    const it = user({ email: 'x@example.com', name: `${nasty}\u202e` });
    suite.world.users.push(it);
    suite.world.sessions.set(it.user_id, { active: [suite.world.device({ device_name: nasty })], ended: [] });
    await suite.enterAt(`/admin#user/${it.user_id}`);
    await suite.page.locator('.session .name', { hasText: nasty }).waitFor();
    expect(await suite.page.locator('#facts bdi').allTextContents()).toEqual([it.name]);
    expect(await suite.page.locator('.session bdi.name').count()).toBe(1);
    await suite.page.click('.session .end');
    await suite.page.locator('#message bdi', { hasText: nasty }).waitFor();
    expect(await suite.page.title()).toBe('An account · Administration · tokenledger');
  });

  it('says what goes wrong in words, and tries again', async () => {
    const { user_id: id } = accounts(suite.world, 1);
    suite.world.intercept = ({ path }) => (path.startsWith(USERS) ? problem(503, 'unavailable') : undefined);
    await suite.enterAt(`/admin#user/${id}`);
    await says('The server cannot do this at the moment.');
    suite.world.intercept = () => undefined;
    await suite.page.click('#try-again');
    await suite.page.waitForSelector('.session');
    expect(await suite.message()).toBe('');
    suite.world.intercept = limited;
    await suite.page.click('.session .end');
    await says('Too many attempts. Please try again in 15 minutes.');
    await suite.page.click('#disable-user');
    await suite.page.click('#confirm-go');
    await suite.page.locator('#confirm [role=alert]', { hasText: 'in 15 minutes' }).waitFor();
    await suite.page.keyboard.press('Escape');
    await suite.page.getByRole('button', { name: 'Revoke the role Auditor' }).click();
    await says('Too many attempts.');
    suite.world.intercept = () => undefined;
    await suite.page.goto(`${suite.api.url}/admin#user/${crypto.randomUUID()}`);
    await says('There is no such account.');
    await suite.page.locator('#users li').first().waitFor();
  });

  it('shows nothing more once the role is revoked', async () => {
    const { user_id: id, email } = accounts(suite.world, 1);
    await suite.enterAt(`/admin#user/${id}`);
    await suite.page.waitForSelector('.session');
    suite.world.roles = [];
    await suite.page.click('#reload');
    await suite.page.waitForSelector('#no-access-title');
    expect(await suite.focused()).toBe('no-access-title');
    expect(await suite.page.content()).not.toContain(email);
  });
});
