/** The page in a real Chromium over the real server. What it shows of stranger answers is tested over a server from a script. */
import { expect } from '@jest/globals';
import { AUTH, askMe, type AuthModule } from '../support/auth-module.js';
import { freshCredentials } from '../support/running-app.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

pageSuite('the page', (suite, it) => {
  const focused = (): Promise<string> =>
    suite.page.evaluate(
      "document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()",
    );
  const names = (): Promise<string[]> => suite.page.locator('.device .name').allTextContents();
  const message = (): Promise<string | null> => suite.page.textContent('#message');

  it('makes an account, signs in, shows the device, and signs out', async () => {
    const credentials = freshCredentials();
    await suite.page.click('text=Create an account');
    await suite.page.fill('#register-email', credentials.email);
    await suite.page.fill('#register-password', credentials.password);
    await suite.page.press('#register-password', 'Enter');
    await suite.page.waitForSelector('.device');
    expect(await suite.page.title()).toBe('Your devices · tokenledger');
    expect(await suite.page.textContent('#who')).toBe(`Signed in as ${credentials.email}`);
    const device = suite.device('Chrome on Linux');
    expect(await device.locator('.badge').isVisible()).toBe(true);
    expect(await device.locator('.seen').textContent()).toBe('Active now 127.0.0.1');
    await device.getByRole('button', { name: 'Details of' }).click();
    expect(await device.locator('[data-field=left]').textContent()).toMatch(/^(6 days 23 hours|7 days)$/);
    const used = await device.locator('.used time').getAttribute('datetime');
    expect(Math.abs(Date.parse(used!) - Date.now())).toBeLessThan(MINUTE_MS);
    await suite.page.click('#sign-out');
    await suite.waitForSignedOut();
    await suite.page.getByText('You are signed out.').waitFor();
    expect(await suite.page.title()).toBe('Sign in · tokenledger');
    // Nothing of them is left in the page.
    expect(await suite.page.locator('.device').count()).toBe(0);
    expect(await suite.page.content()).not.toContain(credentials.email);
  });

  it('shows what the server refuses at the fields', async () => {
    const credentials = freshCredentials();
    await suite.app.api.register(credentials);
    await suite.page.click('text=Create an account');
    await suite.page.fill('#register-email', credentials.email);
    await suite.page.fill('#register-password', 'password1234');
    await suite.page.press('#register-password', 'Enter');
    await suite.page.getByText('Many people use this password, or it is made of your name or address.').waitFor();
    await suite.page.fill('#register-password', credentials.password);
    await suite.page.press('#register-password', 'Enter');
    await suite.page.getByText('There is an account with this address already.').waitFor();
    expect(await suite.page.locator('.field-error').count()).toBe(1);
    await suite.page.click('text=I have an account: sign in');
    await suite.enter({ ...credentials, password: 'correct horse, wrong battery' });
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('The address or the password is wrong.').waitFor();
  });

  it('works by the keyboard alone, with the focus always to be seen and never lost', async () => {
    const { email, password } = freshCredentials();
    await suite.app.api.register({ email, password });
    const press = async (key: string): Promise<string> => {
      await suite.page.keyboard.press(key);
      const id = await focused();
      const outline = await suite.page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
      expect([id, outline]).toEqual([id, 'solid']);
      return id;
    };
    expect(await press('Tab')).toBe('email');
    await suite.page.keyboard.type(email);
    expect(await press('Tab')).toBe('password');
    await suite.page.keyboard.type(password);
    expect(await press('Tab')).toBe('remember');
    expect(await press('Tab')).toBe('Sign in');
    await suite.page.keyboard.press('Space');
    await suite.page.waitForSelector('.device');
    expect(await focused()).toBe('devices-title');
    await suite.app.api.signIn({ email, password }, { device_name: 'Second' });
    expect(await press('Tab')).toBe('reload');
    await suite.page.keyboard.press('Enter');
    await suite.device('Second').waitFor();
    expect(await focused()).toBe('reload');
    expect(await press('Tab')).toBe('sign-out-others');
    expect(await press('Tab')).toBe('sign-out-everywhere');
    expect(await press('Tab')).toBe('Rename Chrome on Linux');
    expect(await press('Tab')).toBe('Details of Chrome on Linux');
    await suite.page.keyboard.press('Enter');
    await suite.page.waitForSelector('.marks li');
    expect(await press('Tab')).toBe('Today Signed in');
    expect(await press('Tab')).toBe('Rename Second');
    expect(await press('Tab')).toBe('Details of Second');
    expect(await press('Tab')).toBe('Sign out Second');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('Second was signed out.').waitFor();
    await suite.device('Second').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Details of Chrome on Linux');
    await suite.page.focus('#sign-out');
    await suite.page.keyboard.press('Enter');
    await suite.waitForSignedOut();
    expect(await focused()).toBe('sign-in-title');
  });

  it('renames, signs out another device, all others, and everywhere', async () => {
    const credentials = await suite.signIn('cookie');
    const second = await suite.app.api.signIn(credentials, { device_name: 'Second' });
    const third = await suite.app.api.signIn(credentials, { device_name: 'Third' });
    expect(await suite.page.isVisible('#sign-out-others')).toBe(false);
    await suite.page.click('#reload');
    await suite.page.getByRole('button', { name: 'Rename Second' }).click();
    await suite.page.keyboard.type('Kitchen');
    await suite.page.keyboard.press('Enter');
    await suite.device('Kitchen').waitFor();
    await suite.page.getByRole('button', { name: 'Sign out Kitchen' }).click();
    await suite.page.getByText('Kitchen was signed out.').waitFor();
    expect((await suite.app.api.refresh(second.refresh_token)).body.code).toBe('token_revoked');
    await suite.device('Kitchen').waitFor({ state: 'detached' });
    expect(await suite.page.locator('#ended .why').first().textContent()).toMatch(/^Signed out from another device/);
    await suite.page.click('#sign-out-others');
    await suite.page.click('#confirm-go');
    await suite.page.getByText('All other devices were signed out.').waitFor();
    expect((await suite.app.api.refresh(third.refresh_token)).body.code).toBe('token_revoked');
    await suite.device('Third').waitFor({ state: 'detached' });
    expect(await names()).toEqual(['My laptop']);
    expect(await suite.page.isVisible('#sign-out-others')).toBe(false);
    await suite.signOutEverywhere();
    await suite.waitForSignedOut();
    expect(await message()).toBe('You are signed out everywhere.');
  });

  it('asks for the password when the sign-in is a while ago', async () => {
    const credentials = await suite.signIn('cookie');
    await suite.app.api.signIn(credentials, { device_name: 'Second' });
    await suite.advance(11 * MINUTE_MS);
    await suite.page.click('#reload');
    await suite.page.getByRole('button', { name: 'Sign out Second' }).click();
    await suite.page.fill('#confirm-password', credentials.password);
    await suite.page.keyboard.press('Enter');
    await suite.device('Second').waitFor({ state: 'detached' });
    expect(await names()).toEqual(['My laptop']);
  });

  it('changes the password, which ends the other sessions', async () => {
    const credentials = await suite.signIn('cookie');
    const other = await suite.app.api.signIn(credentials, { device_name: 'Second' });
    const { sid: before } = (await suite.stored<{ sid: string }>('session'))!;
    await suite.page.click('#change-password');
    await suite.page.fill('#current-password', credentials.password);
    await suite.page.fill('#new-password', 'a horse of another colour');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('Your password was changed.').waitFor();
    expect((await suite.app.api.refresh(other.refresh_token)).body.code).toBe('token_revoked');
    expect((await suite.stored<{ sid: string }>('session'))!.sid).not.toBe(before);
    expect(await askMe(suite.page)).toEqual([200]);
    await suite.page.locator('#ended .why').first().getByText('Ended because the password was changed').waitFor();
  });

  it('says of a session that was used in two places from where, once signed in again', async () => {
    const credentials = await suite.signIn();
    const { refresh: copied } = (await suite.stored<{ refresh: string }>('session'))!;
    const headers = { 'user-agent': 'python-requests/2.32' };
    const { body } = await suite.app.api.post<{ refresh_token: string }>('refresh', { refresh_token: copied }, headers);
    await suite.app.api.post('refresh', { refresh_token: body.refresh_token }, headers);
    await suite.advance(ACCESS_LIFETIME_MS);
    await suite.page.click('#reload');
    await suite.page.getByText('Your session was used in two places').waitFor();
    await suite.enter(credentials);
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('My laptop was used in two places').waitFor();
    await suite.page.getByRole('button', { name: 'See where' }).click();
    const places = suite.page.locator('.theft .places li');
    await places.first().waitFor();
    expect(await places.allTextContents()).toEqual(['Chrome on Linux · 127.0.0.1', 'python-requests · 127.0.0.1']);
    const forked = suite.page.locator('.forked').first();
    expect(await forked.locator('strong').textContent()).toBe('Used 2 times');
  });

  it('counts down by the server’s clock, whatever the machine’s says', async () => {
    await suite.page.clock.setSystemTime(Date.now() + 3 * DAY_MS);
    await suite.signIn();
    await suite.page.getByRole('button', { name: 'Details of' }).click();
    expect(await suite.page.textContent('[data-field=left]')).toMatch(/^(6 days 23 hours|7 days)$/);
  });

  it('counts down to the end, and then shows that the device has expired', async () => {
    const credentials = await suite.signIn();
    const begin = suite.skewMs;
    await suite.app.api.signIn(credentials, { device_name: 'Second' });
    await suite.advance(3 * DAY_MS);
    await suite.page.click('#reload');
    await suite.device('Second').waitFor();
    await suite.page.getByRole('button', { name: 'Details of Second' }).click();
    await suite.advance(begin + 7 * DAY_MS - 4_000 - suite.skewMs);
    await suite.page.click('#reload');
    const left = suite.device('Second').locator('[data-field=left]');
    await left.getByText(/^[1-4] seconds?$/).waitFor();
    await suite.device('Second').waitFor({ state: 'detached' });
    expect(await names()).toEqual(['My laptop']);
    await suite.page.locator('#ended .why', { hasText: 'Expired: it was not used for long' }).waitFor();
  });

  it('is up to date again when it is looked at again, and when this device was refreshed', async () => {
    const credentials = await suite.signIn();
    await suite.app.api.signIn(credentials, { device_name: 'Second' });
    await suite.advance(MINUTE_MS);
    // The age of a list is counted by the clock that no one sets.
    await suite.page.evaluate(`(() => {
      const monotonic = performance.now.bind(performance);
      performance.now = () => monotonic() + ${MINUTE_MS};
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    })()`);
    await suite.device('Second').waitFor();
    const used = suite.device('My laptop').locator('.used time');
    const before = await used.getAttribute('datetime');
    const other = await suite.open();
    await other.waitForSelector('.device');
    suite.skewMs += ACCESS_LIFETIME_MS;
    expect(await askMe(other)).toEqual([200]);
    await suite.page.locator(`.current .used time:not([datetime="${before}"])`).waitFor();
  });

  it('shows who signed in last in another tab, and nothing of the one before', async () => {
    const before = await suite.signIn();
    const somebody = freshCredentials();
    await suite.app.api.register(somebody);
    const other = await suite.open();
    await other.evaluate(
      async ([module, credentials]) => {
        const { createAuth } = (await import(module)) as AuthModule;
        await createAuth().login(credentials);
      },
      [AUTH, somebody] as const,
    );
    await suite.page.getByText(`Signed in as ${somebody.email}`).waitFor();
    expect(await suite.page.content()).not.toContain(before.email);
  });

  it('is served under a policy that lets no script in but its own', async () => {
    await suite.signIn();
    await suite.page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'document.title = "robbed"';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="x:" onerror="document.title = 1">');
    `);
    await suite.page.waitForFunction('document.querySelectorAll("body > img")[0]?.complete');
    expect(await suite.page.title()).toBe('Your devices · tokenledger');
    expect(suite.said.join('\n')).toContain('Content Security Policy');
  });

  it('has a page for addresses without one', async () => {
    const answer = await suite.page.goto(`${suite.app.url}/devices/of/mine`);
    expect(answer!.status()).toBe(404);
    expect(await suite.page.getByRole('heading', { level: 2 }).textContent()).toBe('There is no page here');
  });
});
