/** Before everything ends the page asks, for the password too where the server does; and the password can be changed. */
import { expect } from '@jest/globals';
import { ADA, fakePageSuite } from '../support/fake-page-suite.js';
import { problem } from '../support/fake-answer.js';
import { many } from '../support/page-scenes.js';

fakePageSuite('the dialogs of the page', (suite, it) => {
  const dialog = (): Promise<boolean> => suite.page.locator('dialog[open]').isVisible();
  const sent = (path: string): Record<string, unknown>[] =>
    suite.world.requests.filter((request) => request.path === path).map(({ body }) => body);

  it('asks before it signs out everywhere, and does nothing when the answer is no', async () => {
    many(suite.world, 2);
    await suite.signIn();
    await suite.page.focus('#sign-out-everywhere');
    for (const leave of ['Escape', 'Cancel']) {
      await suite.page.keyboard.press('Enter');
      await suite.page.getByRole('dialog', { name: 'Sign out everywhere?' }).waitFor();
      expect(await suite.focused()).toBe('confirm-title');
      if (leave === 'Escape') await suite.page.keyboard.press(leave);
      else await suite.page.click('#confirm .cancel');
      expect(await dialog()).toBe(false);
      expect(await suite.focused()).toBe('sign-out-everywhere');
    }
    expect(sent('/logout/all')).toEqual([]);
    await suite.page.keyboard.press('Enter');
    await suite.page.click('#confirm-go');
    await suite.page.locator('#message').getByText('You are signed out everywhere.').waitFor();
    expect(await suite.focused()).toBe('sign-in-title');
    expect(sent('/logout/all')).toEqual([{ keep_current: false }]);
  });

  it('asks for the password where the server does', async () => {
    many(suite.world, 2);
    suite.world.needsPassword = true;
    await suite.signIn();
    await suite.page.click('#sign-out-others');
    expect(await suite.page.isVisible('#confirm-password')).toBe(false);
    await suite.page.click('#confirm-go');
    await suite.page.waitForSelector('#confirm-password');
    expect(await suite.focused()).toBe('confirm-password');
    expect(await suite.page.inputValue('#confirm [name=username]')).toBe(ADA.email);
    await suite.page.keyboard.press('Enter');
    expect(await suite.page.textContent('#confirm-password-error')).toBe('Please fill this in.');
    await suite.page.keyboard.type('not the password');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('That is not your password.').waitFor();
    await suite.page.fill('#confirm-password', ADA.password);
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('All other devices were signed out.').waitFor();
    expect(await suite.page.locator('.device').count()).toBe(1);
    expect(await suite.focused()).toBe('devices-title');
    expect(await suite.page.inputValue('#confirm-password')).toBe('');
  });

  it('says in the dialog what went wrong', async () => {
    await suite.signIn();
    suite.world.intercept = ({ path }) =>
      path === '/logout/all' ? problem(429, 'too_many_requests', {}, { 'retry-after': '900' }) : undefined;
    await suite.page.click('#sign-out-everywhere');
    await suite.page.click('#confirm-go');
    const alert = suite.page.locator('#confirm [role=alert]');
    await alert.getByText('Too many attempts. Please try again in 15 minutes.').waitFor();
    expect(await dialog()).toBe(true);
  });

  it('changes the password, and stays signed in', async () => {
    many(suite.world, 2);
    await suite.signIn();
    await suite.page.click('#change-password');
    expect(await suite.focused()).toBe('current-password');
    await suite.page.keyboard.type('not the password');
    await suite.page.fill('#new-password', 'short');
    await suite.page.keyboard.press('Enter');
    expect(await suite.page.textContent('#new-password-error')).toBe('Please take at least 12 characters; these are 5.');
    await suite.page.fill('#new-password', 'a horse of another colour');
    await suite.page.keyboard.press('Enter');
    await suite.page.waitForSelector('#current-password-error');
    expect(await suite.page.textContent('#current-password-error')).toBe('That is not your password.');
    await suite.page.fill('#current-password', ADA.password);
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('Your password was changed.').waitFor();
    await suite.page.locator('#count', { hasText: /^1$/ }).waitFor();
    expect(suite.world.password).toBe('a horse of another colour');
    expect(await dialog()).toBe(false);
    expect(await suite.focused()).toBe('devices-title');
    expect(await suite.page.inputValue('#new-password')).toBe('');
  });

  it('shows a password that is known to many at its field', async () => {
    await suite.signIn();
    suite.world.intercept = ({ path }) => (path === '/password/change' ? problem(422, 'password_too_common') : undefined);
    await suite.page.click('#change-password');
    await suite.page.fill('#current-password', ADA.password);
    await suite.page.fill('#new-password', 'password1234');
    await suite.page.keyboard.press('Enter');
    await suite.page.waitForSelector('#new-password-error');
    expect(await suite.page.textContent('#new-password-error')).toMatch(/Many people use .* or it is made of your name/);
  });
});
