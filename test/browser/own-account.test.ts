/** The user's own account on the page: confirming the address, and deleting the account. */
import { expect } from '@jest/globals';
import { ADA, fakePageSuite } from '../support/fake-page-suite.js';
import { problem } from '../support/fake-answer.js';

fakePageSuite('the own account on the page', (suite, it) => {
  const sent = (method: string, path: string): Record<string, unknown>[] =>
    suite.world.requests.filter((request) => request.method === method && request.path === path).map(({ body }) => body);

  it('asks nobody to confirm who has, and shows the administration to administrators alone', async () => {
    await suite.signIn();
    expect(await suite.page.isVisible('#unverified')).toBe(false);
    expect(await suite.page.isVisible('#administration')).toBe(false);
    suite.world.roles = ['auditor', 'admin'];
    await suite.page.click('#reload');
    await suite.page.waitForSelector('#administration');
    expect(await suite.page.getAttribute('#administration', 'href')).toBe('admin');
    await suite.page.click('#sign-out');
    await suite.page.waitForSelector('#sign-in-title');
    expect(await suite.page.isVisible('#administration')).toBe(false);
  });

  it('sends the link again: shows that it does, that it did, and when that was too often', async () => {
    suite.world.verified = false;
    await suite.signIn();
    await suite.page.locator('#unverified', { hasText: ADA.email }).waitFor();
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    suite.world.intercept = async ({ path }) => {
      if (path === '/email/verify/request') await held;
      return undefined;
    };
    await suite.page.click('#verify-again');
    await suite.page.waitForSelector('#verify-again[aria-disabled=true]');
    await suite.page.evaluate("document.getElementById('verify-again').click()");
    letGo();
    await suite.page.getByText('A new link is on its way; older ones do not work any more.').waitFor();
    expect(await suite.page.getAttribute('#verify-state', 'role')).toBe('status');
    expect(sent('POST', '/email/verify/request')).toHaveLength(1);
    suite.world.intercept = ({ path }) =>
      path === '/email/verify/request' ? problem(429, 'too_many_requests', {}, { 'retry-after': '900' }) : undefined;
    await suite.page.click('#verify-again');
    await suite.page.getByText('Too many mails were asked for. Please try again in 15 minutes.').waitFor();
    suite.world.intercept = () => undefined;
    // Confirmed elsewhere: nothing more to ask for, and the focus is not lost with the button.
    suite.world.verified = true;
    await suite.page.focus('#verify-again');
    await suite.page.evaluate("document.getElementById('reload').click()");
    await suite.page.locator('#unverified').waitFor({ state: 'hidden' });
    expect(await suite.focused()).toBe('devices-title');
  });

  it('deletes the account after the password, and takes leave', async () => {
    await suite.signIn();
    await suite.page.evaluate("document.getElementById('message').textContent = 'of before'");
    await suite.page.click('#delete-account');
    const dialog = suite.page.getByRole('dialog', { name: 'Delete your account?' });
    await dialog.getByText('Nobody can undo this.').waitFor();
    // Not the button that deletes: Enter at once does nothing.
    expect(await suite.focused()).toBe('delete-title');
    await suite.page.keyboard.press('Enter');
    expect(sent('DELETE', '/me')).toEqual([]);
    expect(await suite.page.inputValue('#delete [name=username]')).toBe(ADA.email);
    await suite.page.click('#delete-go');
    expect(await suite.page.textContent('#delete-password-error')).toBe('Please fill this in.');
    await suite.page.keyboard.type('not the password');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('That is not your password.').waitFor();
    expect(await suite.page.isVisible('.device')).toBe(true);
    await suite.page.fill('#delete-password', ADA.password);
    await suite.page.keyboard.press('Enter');
    await suite.page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
    expect(sent('DELETE', '/me')).toEqual([{ password: 'not the password' }, { password: ADA.password }]);
    expect(await suite.focused()).toBe('goodbye-title');
    expect(await suite.page.title()).toBe('Account deleted · tokenledger');
    expect(await suite.message()).toBe('');
    expect(await suite.page.content()).not.toContain(ADA.email);
    expect(await suite.page.inputValue('#delete-password')).toBe('');
    await suite.page.getByRole('link', { name: 'Sign in to another account' }).click();
    await suite.page.waitForSelector('#sign-in');
    expect(await suite.focused()).toBe('sign-in-title');
    expect(await suite.page.isVisible('#goodbye-view')).toBe(false);
  });

  it('keeps the account when the answer is no, and says in the dialog what went wrong', async () => {
    await suite.signIn();
    for (const leave of ['Escape', 'Cancel']) {
      await suite.page.click('#delete-account');
      await suite.page.fill('#delete-password', ADA.password);
      if (leave === 'Escape') await suite.page.keyboard.press(leave);
      else await suite.page.click('#delete .cancel');
      expect(await suite.focused()).toBe('delete-account');
    }
    expect(sent('DELETE', '/me')).toEqual([]);
    suite.world.intercept = ({ method }) =>
      method === 'DELETE' ? problem(429, 'too_many_requests', {}, { 'retry-after': '900' }) : undefined;
    await suite.page.click('#delete-account');
    expect(await suite.page.inputValue('#delete-password')).toBe('');
    await suite.page.fill('#delete-password', ADA.password);
    await suite.page.keyboard.press('Enter');
    await suite.page.locator('#delete [role=alert]', { hasText: 'Please try again in 15 minutes.' }).waitFor();
    suite.world.intercept = ({ method }) => (method === 'DELETE' ? problem(503, 'unavailable') : undefined);
    await suite.page.click('#delete-go');
    await suite.page.locator('#delete [role=alert]', { hasText: 'The server cannot do this' }).waitFor();
    expect(await suite.page.isVisible('.device')).toBe(true);
  });
});
