/** The page in a real Chromium, as its users see it and by what they use it with. */
import { expect } from '@jest/globals';
import { AUTH, askMe, type AuthModule } from '../support/auth-module.js';
import { freshCredentials } from '../support/running-app.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

const DAY_MS = 86_400_000;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

pageSuite('the page', (suite, it) => {
  const focused = (): Promise<string> => suite.page.evaluate('document.activeElement.id || document.activeElement.tagName');
  const names = (): Promise<string[]> => suite.page.locator('.card h3').allTextContents();
  const message = (): Promise<string | null> => suite.page.textContent('#message');

  it('registers, signs in, shows the device, and signs out', async () => {
    const credentials = freshCredentials();
    await suite.enter(credentials, 'My laptop');
    await suite.page.click('button[value=register]');
    await suite.page.waitForSelector('.card');
    expect(await suite.page.title()).toBe('Your devices · tokenledger');
    expect(await suite.page.textContent('#who')).toBe(`Signed in as ${credentials.email}`);
    const card = suite.card('My laptop');
    expect(await card.locator('.badge').isVisible()).toBe(true);
    expect(await card.locator('.agent').textContent()).toMatch(/^Chrome \d+ on Linux$/);
    expect(await card.locator('[data-field=ip]').textContent()).toBe('127.0.0.1');
    expect(await card.locator('[data-field=generation]').textContent()).toBe('0');
    expect(await card.locator('[data-field=left]').textContent()).toMatch(/^(6 d 23 h|7 d 0 h)$/);
    const used = await card.locator('[data-field=used] time').getAttribute('datetime');
    expect(Math.abs(Date.parse(used!) - Date.now())).toBeLessThan(60_000);
    await suite.page.click('#sign-out');
    await suite.waitForSignedOut();
    expect(await message()).toBe('You are signed out.');
    expect(await suite.page.title()).toBe('Sign in · tokenledger');
    // Nothing of them is left in the page.
    expect(await suite.page.locator('.card').count()).toBe(0);
    expect(await suite.page.content()).not.toContain(credentials.email);
  });

  it('says in words what went wrong, and at which field', async () => {
    const credentials = freshCredentials();
    await suite.enter({ ...credentials, password: 'too short' });
    await suite.page.click('button[value=register]');
    await suite.page.waitForSelector('#message.bad');
    expect(await message()).toMatch(/^Please check what you entered: .* 12 to 128 characters/);
    expect(await suite.page.getAttribute('#password', 'aria-invalid')).toBe('true');
    expect(await suite.page.getAttribute('#email', 'aria-invalid')).toBeNull();
    expect(await focused()).toBe('password');

    await suite.enter(credentials);
    await suite.page.click('button[value=register]');
    await suite.page.waitForSelector('.card');
    expect(await message()).toBe('');
    await suite.page.click('#sign-out');
    await suite.waitForSignedOut();
    expect(await suite.page.getAttribute('#password', 'aria-invalid')).toBeNull();

    await suite.enter(credentials);
    await suite.page.click('button[value=register]');
    await suite.page.getByText('There is an account with this address already.').waitFor();
    await suite.enter({ ...credentials, password: 'correct horse, wrong battery' });
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('The address or the password is wrong.').waitFor();
    await suite.context.setOffline(true);
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('The server cannot be reached. Are you online?').waitFor();
  });

  it('works by the keyboard alone, with the focus always to be seen and never lost', async () => {
    const { email, password } = freshCredentials();
    await suite.app.api.register({ email, password });
    const press = async (key: string): Promise<string> => {
      await suite.page.keyboard.press(key);
      const [id, outline] = await suite.page.evaluate<[string, string]>(
        '[document.activeElement.id || document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineStyle]',
      );
      expect([id, outline]).toEqual([id, 'solid']);
      return id;
    };
    expect(await press('Tab')).toBe('email');
    await suite.page.keyboard.type(email);
    expect(await press('Tab')).toBe('password');
    await suite.page.keyboard.type(password);
    expect(await press('Tab')).toBe('device-name');
    expect(await press('Tab')).toBe('cookie');
    expect(await press('Tab')).toBe('Sign in');
    await suite.page.keyboard.press('Space');
    await suite.page.waitForSelector('.card');
    expect(await focused()).toBe('devices-title');
    await suite.app.api.signIn({ email, password }, { device_name: 'Second' });
    expect(await press('Tab')).toBe('reload');
    await suite.page.keyboard.press('Enter');
    await suite.card('Second').waitFor();
    expect(await focused()).toBe('reload');
    expect(await press('Tab')).toBe('sign-out-others');
    expect(await press('Tab')).toBe('sign-out-everywhere');
    expect(await press('Tab')).toBe('What happened here');
    await suite.page.keyboard.press('Enter');
    await suite.page.waitForSelector('.timeline li');
    expect(await press('Tab')).toBe('What happened here');
    expect(await press('Tab')).toBe('Sign out');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('Second was signed out.').waitFor();
    await suite.card('Second').waitFor({ state: 'detached' });
    expect(await focused()).toBe('devices-title');
    expect(await press('Shift+Tab')).toBe('sign-out');
    await suite.page.keyboard.press('Enter');
    await suite.waitForSignedOut();
    expect(await focused()).toBe('signed-out-title');
  });

  it('signs out another device from its card, all others, and everywhere', async () => {
    const credentials = await suite.signIn();
    const second = await suite.app.api.signIn(credentials, { device_name: 'Second' });
    const third = await suite.app.api.signIn(credentials, { device_name: 'Third' });
    expect(await suite.page.isVisible('#sign-out-others')).toBe(false);
    await suite.page.click('#reload');
    await suite.page.getByRole('button', { name: 'Sign out Second' }).click();
    await suite.page.getByText('Second was signed out.').waitFor();
    expect((await suite.app.api.refresh(second.refresh_token)).body.code).toBe('token_revoked');
    await suite.card('Second').waitFor({ state: 'detached' });
    expect(await names()).toEqual(['My laptop', 'Third']);
    await suite.page.click('#sign-out-others');
    await suite.page.getByText('All other devices were signed out.').waitFor();
    expect((await suite.app.api.refresh(third.refresh_token)).body.code).toBe('token_revoked');
    await suite.card('Third').waitFor({ state: 'detached' });
    expect(await names()).toEqual(['My laptop']);
    expect(await suite.page.isVisible('#sign-out-others')).toBe(false);
    await suite.page.click('#sign-out-everywhere');
    await suite.waitForSignedOut();
    expect(await message()).toBe('You are signed out everywhere.');
  });

  it('a button that is pressed again while it works does its work once', async () => {
    const credentials = await suite.signIn();
    await suite.app.api.signIn(credentials, { device_name: 'Second' });
    await suite.page.click('#reload');
    await suite.card('Second').waitFor();
    const paths: string[] = [];
    suite.middleware = (ctx, next) => {
      if (ctx.method !== 'GET') paths.push(ctx.path.split('/').at(-1)!);
      return next();
    };
    await suite.page.getByRole('button', { name: 'Sign out Second' }).dblclick();
    await suite.page.getByText('Second was signed out.').waitFor();
    await suite.page.dblclick('#sign-out-everywhere');
    await suite.waitForSignedOut();
    expect(await message()).toBe('You are signed out everywhere.');
    expect(paths).toHaveLength(2);
  });

  it('shows what devices call themselves as text, whatever it is, and wraps it', async () => {
    const credentials = await suite.signIn();
    const name = `<img src=x onerror="document.title='robbed'">${'W'.repeat(55)}`;
    const login = { ...credentials, device_name: name };
    await suite.app.api.post('login', login, {
      'user-agent': `<script>document.title='robbed'</script>${'A'.repeat(200)}`,
    });
    await suite.app.api.post('login', { ...credentials, device_name: 'Phone' }, { 'user-agent': IPHONE });
    await suite.page.setViewportSize({ width: 360, height: 800 });
    await suite.page.click('#reload');
    await suite.card('Phone').waitFor();
    expect(await names()).toEqual(['My laptop', 'Phone', name]);
    expect(await suite.card('Phone').locator('.agent').textContent()).toBe('Safari 18 on iPhone');
    expect(await suite.page.title()).toBe('Your devices · tokenledger');
    expect(await suite.page.locator('.card img, .card script').count()).toBe(0);
    await suite.page.locator('.card summary').last().click();
    await suite.page.waitForSelector('.timeline li');
    expect(await suite.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('shows thirty devices, this one first and then the last used', async () => {
    const credentials = await suite.signIn();
    const pairs = [];
    for (let count = 1; count < 30; count += 1) {
      suite.skewMs += 1_000;
      pairs.push(await suite.app.api.signIn(credentials, { device_name: `Device ${count}` }));
    }
    suite.skewMs += 1_000;
    await suite.app.api.refresh(pairs[4]!.refresh_token);
    await suite.page.click('#reload');
    await suite.card('Device 29').waitFor();
    expect((await names()).slice(0, 3)).toEqual(['My laptop', 'Device 5', 'Device 29']);
    expect(await suite.page.textContent('#count')).toBe('30');
    await suite.page.getByRole('button', { name: 'Sign out Device 17' }).click();
    await suite.card('Device 17').waitFor({ state: 'detached' });
    expect(await suite.page.textContent('#count')).toBe('29');
  });

  it('counts down by the server’s clock, whatever the machine’s says', async () => {
    await suite.page.clock.setSystemTime(Date.now() + 3 * DAY_MS);
    await suite.signIn();
    expect(await suite.page.textContent('[data-field=left]')).toMatch(/^(6 d 23 h|7 d 0 h)$/);
  });

  it('counts down to the end, and then shows that the device is signed out', async () => {
    const credentials = await suite.signIn();
    const begin = suite.skewMs;
    await suite.app.api.signIn(credentials, { device_name: 'Second' });
    await suite.advance(3 * DAY_MS);
    await suite.page.click('#reload');
    await suite.card('Second').waitFor();
    await suite.advance(begin + 7 * DAY_MS - 4_000 - suite.skewMs);
    await suite.page.click('#reload');
    const left = suite.card('Second').locator('[data-field=left]');
    await left.getByText(/^[1-4] s$/).waitFor();
    await suite.card('Second').waitFor({ state: 'detached' });
    expect(await names()).toEqual(['My laptop']);
  });

  it('is up to date again when it is looked at again, and when this device was refreshed', async () => {
    const credentials = await suite.signIn();
    await suite.app.api.signIn(credentials, { device_name: 'Second' });
    await suite.advance(60_000);
    await suite.page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
    await suite.card('Second').waitFor();
    const other = await suite.open();
    await other.waitForSelector('.card');
    suite.skewMs += ACCESS_LIFETIME_MS;
    expect(await askMe(other)).toEqual([200]);
    await suite.card('My laptop').locator('[data-field=generation]', { hasText: /^1$/ }).waitFor();
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
});
