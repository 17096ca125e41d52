/** One account on the administrators' page, over a scripted server: what can be done to it. */
import { expect } from '@jest/globals';
import { accounts, administrator, withSessions } from '../support/admin-scenes.js';
import { ADA, fakePageSuite } from '../support/fake-page-suite.js';

const USERS = '/api/v1/admin/users';

fakePageSuite('an account on the administrators’ page', (suite, it) => {
  const changes = (): [string, string, Record<string, unknown>][] =>
    suite.world.requests
      .filter(({ method, path }) => method !== 'GET' && path.startsWith(USERS))
      .map(({ method, path, body }) => [method, path.slice(USERS.length), body]);
  const says = (text: string): Promise<void> => suite.page.locator('#message', { hasText: text }).waitFor();

  it('ends sessions one by one, goes on at the next, and asks for the password where the server does', async () => {
    const { user_id: id } = accounts(suite.world, 3);
    const [first, second, third] = suite.world.sessions.get(id)!.active.map(({ session_id: sid }) => sid);
    await suite.enterAt(`/admin#user/${id}`);
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
    await suite.enterAt(`/admin#user/${id}`);
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
    await suite.enterAt(`/admin#user/${id}`);
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
    await suite.enterAt(`/admin#user/${id}`);
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

  it('marks the administrator’s own account and session, and revokes the own role only after a question', async () => {
    const { user_id: id } = administrator(suite.world);
    await suite.enterAt(`/admin#user/${id}`);
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
    await suite.enterAt(`/admin#user/${id}`);
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
