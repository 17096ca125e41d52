/** The administrators' page over a scripted server: who may see it, finding accounts, and what can be done to one. */
import { expect } from '@jest/globals';
import { accounts, administrator, user, withSessions } from '../support/admin-scenes.js';
import { ADA, fakePageSuite } from '../support/fake-page-suite.js';
import { problem, type FakeRequest } from '../support/fake-world.js';

const USERS = '/api/v1/admin/users';

fakePageSuite('the administrators’ page', (suite, it) => {
  const open = async (address = '/admin'): Promise<void> => {
    await suite.page.close();
    suite.page = await suite.open(address);
    await suite.enter();
  };
  const changes = (): [string, string, Record<string, unknown>][] =>
    suite.world.requests
      .filter(({ method, path }) => method !== 'GET' && path.startsWith(USERS))
      .map(({ method, path, body }) => [method, path.slice(USERS.length), body]);
  const limited = ({ path, method }: FakeRequest): ReturnType<typeof problem> | undefined =>
    path.startsWith(USERS) && method !== 'GET'
      ? problem(429, 'too_many_requests', {}, { 'retry-after': '900' })
      : undefined;
  const says = (text: string): Promise<void> => suite.page.locator('#message', { hasText: text }).waitFor();

  it('says kindly that it is for administrators, and shows and asks for nothing else', async () => {
    await open();
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
    await open();
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
    await open();
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
    await open(`/admin#user/${it.user_id}`);
    await suite.page.locator('.session .name', { hasText: nasty }).waitFor();
    expect(await suite.page.locator('#facts bdi').allTextContents()).toEqual([it.name]);
    expect(await suite.page.locator('.session bdi.name').count()).toBe(1);
    await suite.page.click('.session .end');
    await suite.page.locator('#message bdi', { hasText: nasty }).waitFor();
    expect(await suite.page.title()).toBe('An account · Administration · tokenledger');
  });

  it('ends sessions one by one, goes on at the next, and asks for the password where the server does', async () => {
    const { user_id: id } = accounts(suite.world, 3);
    const [first, second, third] = suite.world.sessions.get(id)!.active.map(({ session_id: sid }) => sid);
    await open(`/admin#user/${id}`);
    const ends = suite.page.locator('.session .end');
    await ends.nth(2).waitFor();
    expect(await suite.page.textContent('#count')).toBe('3');
    await ends.nth(1).click();
    await says('was ended.');
    await suite.page.locator('#count', { hasText: /^2$/ }).waitFor();
    expect(await suite.page.evaluate("document.activeElement.closest('li').dataset.session")).toBe(third);
    suite.world.needsPassword = true;
    await ends.nth(1).click();
    await suite.page.waitForSelector('#confirm-password');
    expect(await suite.focused()).toBe('confirm-password');
    await suite.page.keyboard.type('wrong');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('That is not your password.').waitFor();
    await suite.page.fill('#confirm-password', ADA.password);
    await suite.page.keyboard.press('Enter');
    await suite.page.locator('#count', { hasText: /^1$/ }).waitFor();
    expect(await suite.page.evaluate("document.activeElement.closest('li').dataset.session")).toBe(first);
    expect(changes().map(([method, path]) => `${method} ${path}`)).toEqual([
      `DELETE /${id}/devices/${second}`,
      ...Array.from({ length: 3 }, () => `DELETE /${id}/devices/${third}`),
    ]);
    await suite.page.click('summary');
    expect(await suite.page.locator('#ended li').count()).toBe(5);
  });

  it('signs out everywhere, disables with a reason, enables, and sends a link', async () => {
    const { user_id: id } = accounts(suite.world, 2);
    await open(`/admin#user/${id}`);
    await suite.page.click('#sign-out-user');
    expect(await suite.page.isVisible('#confirm-reason')).toBe(false);
    await suite.page.click('#confirm-go');
    await says('is signed out everywhere.');
    await suite.page.getByText('Not signed in anywhere.').waitFor();
    await suite.page.click('#reset-password');
    await suite.page.keyboard.press('Escape');
    await suite.page.click('#reset-password');
    await suite.page.click('#confirm-go');
    await says('is sent a link');
    await suite.page.click('#disable-user');
    await suite.page.fill('#confirm-reason', '  Seen in three countries ');
    await suite.page.click('#confirm-go');
    await says('is disabled.');
    await suite.page.waitForSelector('#enable-user');
    // The button that was pressed is gone.
    await suite.page.waitForFunction("document.activeElement.id === 'user-title'");
    await suite.page.click('#enable-user');
    await says('can sign in again.');
    await suite.page.waitForSelector('#disable-user');
    await suite.page.click('#disable-user');
    expect(await suite.page.inputValue('#confirm-reason')).toBe('');
    await suite.page.keyboard.press('Escape');
    expect(changes()).toEqual([
      ['POST', `/${id}/logout`, {}],
      ['POST', `/${id}/password-reset`, {}],
      ['POST', `/${id}/disable`, { reason: 'Seen in three countries' }],
      ['POST', `/${id}/enable`, {}],
    ]);
  });

  it('grants and revokes roles, and asks before it makes an administrator', async () => {
    const { user_id: id } = accounts(suite.world, 0);
    await open(`/admin#user/${id}`);
    await suite.page.getByRole('button', { name: 'Revoke the role Auditor' }).click();
    await suite.page.getByRole('button', { name: 'Grant the role Auditor' }).waitFor();
    expect(await suite.focused()).toBe('Grant the role Auditor');
    await suite.page.getByRole('button', { name: 'Grant the role Administrator' }).click();
    await suite.page.getByRole('dialog', { name: 'Make an administrator?' }).waitFor();
    await suite.page.keyboard.press('Escape');
    await suite.page.getByRole('button', { name: 'Grant the role Administrator' }).click();
    await suite.page.click('#confirm-go');
    await suite.page.getByRole('button', { name: 'Revoke the role Administrator' }).waitFor();
    expect(changes()).toEqual([
      ['DELETE', `/${id}/roles/auditor`, {}],
      ['PUT', `/${id}/roles/admin`, {}],
    ]);
    expect(suite.world.users[0]!.roles).toEqual(['resource_server', 'admin']);
  });

  it('erases only once the very address is typed', async () => {
    const { user_id: id, email } = accounts(suite.world, 2);
    await open(`/admin#user/${id}`);
    await suite.page.click('#erase-user');
    expect(await suite.focused()).toBe('erase-title');
    const enabled = (): Promise<boolean> => suite.page.isEnabled('#erase-go');
    for (const typed of ['', email!.slice(0, -1), `${email}x`, email!.toUpperCase(), 'layla@example.com']) {
      await suite.page.fill('#erase-typed', typed);
      expect([typed, await enabled()]).toEqual([typed, false]);
      await suite.page.press('#erase-typed', 'Enter');
    }
    expect(changes()).toEqual([]);
    await suite.page.fill('#erase-typed', `  ${email} `);
    expect(await enabled()).toBe(true);
    await suite.page.keyboard.press('Escape');
    await suite.page.click('#erase-user');
    expect([await suite.page.inputValue('#erase-typed'), await enabled()]).toEqual(['', false]);
    suite.world.needsPassword = true;
    await suite.page.fill('#erase-typed', email!);
    await suite.page.press('#erase-typed', 'Enter');
    await suite.page.waitForSelector('#erase-password');
    await suite.page.keyboard.type(ADA.password);
    await suite.page.keyboard.press('Enter');
    await says('The account was erased.');
    await suite.page.locator('#user-title', { hasText: 'Erased account' }).waitFor();
    for (const part of ['account-actions', 'roles-section', 'erase-section', 'sign-out-user'])
      expect([part, await suite.page.isVisible(`#${part}`)]).toEqual([part, false]);
    await suite.page.waitForFunction("document.activeElement.id === 'user-title'");
    expect(await suite.page.content()).not.toContain(email);
    await suite.page.click('#back');
    await suite.page.waitForSelector('#list-view');
    expect(await suite.page.locator('#users').textContent()).not.toContain(email);
  });

  it('says what goes wrong in words, and tries again', async () => {
    const { user_id: id } = accounts(suite.world, 1);
    suite.world.intercept = ({ path }) => (path.startsWith(USERS) ? problem(503, 'unavailable') : undefined);
    await open(`/admin#user/${id}`);
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

  it('shows nothing more once the role is taken away', async () => {
    const { user_id: id, email } = accounts(suite.world, 1);
    await open(`/admin#user/${id}`);
    await suite.page.waitForSelector('.session');
    suite.world.roles = [];
    await suite.page.click('#reload');
    await suite.page.waitForSelector('#no-access-title');
    expect(await suite.focused()).toBe('no-access-title');
    expect(await suite.page.content()).not.toContain(email);
  });

  it('marks the administrator’s own account and session, and revokes the own role only after a question', async () => {
    const { user_id: id } = administrator(suite.world);
    await open(`/admin#user/${id}`);
    await suite.page.locator('.tag.own').waitFor();
    withSessions(suite.world, id, 2);
    const [own] = suite.world.devices;
    suite.world.sessions.get(id)!.active.push(own!);
    await suite.page.click('#reload');
    await suite.page.locator('.session').nth(2).waitFor();
    const here = suite.page.locator('.session', { has: suite.page.locator('.badge:visible') });
    expect(await here.count()).toBe(1);
    expect(await here.locator('.end').isVisible()).toBe(false);
    await suite.page.getByRole('button', { name: 'Revoke the role Administrator' }).click();
    await suite.page.getByRole('dialog', { name: 'Revoke your own role?' }).waitFor();
    await suite.page.click('#confirm-go');
    await suite.page.waitForSelector('#no-access-title');
  });

  it('has more than fifty sessions on further pages', async () => {
    const { user_id: id } = accounts(suite.world, 120);
    await open(`/admin#user/${id}`);
    await suite.page.locator('.session').nth(49).waitFor();
    expect(await suite.page.textContent('#count')).toBe('50+');
    await suite.page.click('#more-sessions');
    await suite.page.locator('.session').nth(99).waitFor();
    await suite.page.click('#more-sessions');
    await suite.page.locator('.session').nth(119).waitFor();
    expect(await suite.page.textContent('#count')).toBe('120');
    expect(await suite.focused()).toBe('sessions-title');
  });
});
