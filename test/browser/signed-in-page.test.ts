/** Devices as their user sees them: what they are called, renaming, signing out, many of them, and those that ended. */
import { expect } from '@jest/globals';
import { ADA, fakePageSuite } from '../support/fake-page-suite.js';
import { problem } from '../support/fake-answer.js';
import { AGENTS, ago, DAY_MS, five, HOUR_MS, many } from '../support/page-scenes.js';

fakePageSuite('the page, signed in', (suite, it) => {
  const names = (): Promise<string[]> => suite.page.locator('.device .name').allTextContents();
  const scrolled = (): Promise<number> => suite.page.evaluate('scrollY');

  it('says of a device what people would say', async () => {
    suite.world.devices = [
      suite.world.device({ user_agent: AGENTS.iphone, last_used_at: ago(3 * HOUR_MS + 60_000) }),
      suite.world.device({ device_name: 'Work', user_agent: AGENTS.firefox, last_used_at: ago(60_000) }),
      suite.world.device({ user_agent: AGENTS.script, ip: null, last_used_at: ago(40 * DAY_MS) }),
    ];
    await suite.signIn();
    expect(await names()).toEqual(['Chrome on Linux', 'Safari on iPhone', 'Work', 'python-requests']);
    expect(await suite.device('Chrome on Linux').locator('.badge').isVisible()).toBe(true);
    expect(await suite.device('Work').locator('.agent').textContent()).toBe('Firefox on Windows');
    expect(await suite.page.locator('.used').allTextContents()).toEqual([
      'Active now',
      '3 hours ago',
      'Active now',
      expect.stringMatching(/^On \d+ \w+ \d{4}$/) as unknown as string,
    ]);
    const used = suite.device('Safari on iPhone').locator('.used time');
    expect(await used.getAttribute('title')).toMatch(/^\w+day,? \d+ \w+ \d{4}.* \d\d:\d\d:\d\d UTC$/);
    expect(await suite.page.locator('body').innerText()).not.toMatch(/generation|unnamed/i);
  });

  it('shows every name as it is, whichever way it runs, and never as markup', async () => {
    const nasty = '<img src=x onerror="document.title=1">';
    suite.world.devices = [
      suite.world.device({ device_name: 'Work\u202etuo dengis' }),
      suite.world.device({ device_name: nasty }),
    ];
    await suite.signIn();
    expect(await names()).toEqual(expect.arrayContaining(['Work\u202etuo dengis', nasty]));
    for (const element of await suite.page.locator('.name').all())
      expect(await element.evaluate((node) => (node as unknown as { tagName: string }).tagName)).toBe('BDI');
    await suite.device(nasty).getByRole('button', { name: 'Sign out' }).click();
    await suite.page.locator('#message bdi', { hasText: nasty }).waitFor();
    expect(await suite.page.title()).toBe('Your devices · tokenledger');
  });

  it('reads an old list again when the page is looked at, also after the machine’s clock was set back', async () => {
    await suite.signIn();
    suite.world.devices = [suite.world.device({ device_name: 'Newcomer' })];
    await suite.page.evaluate(`{
      const [monotonic, wall] = [performance.now.bind(performance), Date.now];
      performance.now = () => monotonic() + 60_000;
      Date.now = () => wall() - 3_600_000;
      dispatchEvent(new Event('pageshow'));
    }`);
    await suite.device('Newcomer').waitFor();
  });

  it('renames a device where its name stands', async () => {
    await suite.signIn();
    await suite.page.getByRole('button', { name: 'Rename Chrome on Linux' }).click();
    await suite.page.keyboard.type('Kitchen\u202e');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('Has characters that cannot be shown.').waitFor();
    await suite.page.getByLabel('New name of the device').fill('  Kitchen ');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('Renamed to Kitchen.').waitFor();
    await suite.device('Kitchen').waitFor();
    expect(await suite.focused()).toBe('Rename Kitchen');
    expect(suite.world.devices[0]!.device_name).toBe('Kitchen');
    await suite.page.keyboard.press('Enter');
    await suite.page.keyboard.type('Other');
    await suite.page.keyboard.press('Escape');
    expect(await names()).toEqual(['Kitchen']);
    expect(await suite.focused()).toBe('Rename Kitchen');
  });

  it('signs a device out, asks for the password if the server does, and goes on at the device beside it', async () => {
    five(suite.world);
    await suite.signIn();
    suite.world.needsPassword = true;
    await suite.page.getByRole('button', { name: 'Sign out Family tablet' }).click();
    await suite.page.locator('#confirm-password:focus').waitFor();
    await suite.page.keyboard.type('wrong');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('That is not your password.').waitFor();
    await suite.page.fill('#confirm-password', ADA.password);
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('Family tablet was signed out.').waitFor();
    await suite.device('Family tablet').waitFor({ state: 'detached' });
    expect(await suite.focused()).toBe('Sign out Safari on iPhone');
    expect(await suite.page.textContent('#count')).toBe('4');
    expect(await suite.page.locator('#ended h3').first().textContent()).toBe('Family tablet');
  });

  it('lists a device that was signed out elsewhere no longer, and says so', async () => {
    five(suite.world);
    await suite.signIn();
    suite.world.devices = suite.world.devices.filter(({ device_name: name }) => name !== 'Family tablet');
    await suite.page.getByRole('button', { name: 'Sign out Family tablet' }).click();
    await suite.page.getByText('That device was signed out already.').waitFor();
    expect(await suite.device('Family tablet').count()).toBe(0);
  });

  it('breaks no address of a table in the middle of a number', async () => {
    many(suite.world, 9);
    suite.world.devices[3]!.ip = '2001:db8:85a3:8d3:1319:8a2e:370:7348';
    await suite.signIn();
    for (const width of [660, 700, 768, 820, 1_000, 1_440]) {
      await suite.page.setViewportSize({ width, height: 800 });
      const heights: number[] = await suite.page.evaluate(
        "[...document.querySelectorAll('.row .ip')].filter((ip) => ip.textContent.includes('.')).map((ip) => ip.getBoundingClientRect().height)",
      );
      expect(Math.max(...heights)).toBeLessThan(30);
      expect(await suite.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });

  it('shows many in a table, and removing one does not move the page', async () => {
    many(suite.world, 39);
    await suite.signIn();
    expect(await suite.page.getByRole('row').count()).toBe(41);
    expect(await suite.page.evaluate("document.getElementById('device-table').scrollHeight")).toBeLessThan(2_800);
    const last = suite.page.getByRole('button', { name: 'Sign out מחשב נייד 39' });
    await last.scrollIntoViewIfNeeded();
    const before = await scrolled();
    await last.click();
    await suite.device('מחשב נייד 39').waitFor({ state: 'detached' });
    expect(await suite.focused()).toBe('Sign out Phone 38');
    // The end of the page has come nearer by the row that went, no more.
    expect(before - (await scrolled())).toBeLessThan(80);
    const middle = suite.page.getByRole('button', { name: 'Sign out Phone 18' });
    await middle.scrollIntoViewIfNeeded();
    const kept = await scrolled();
    await middle.click();
    await suite.device('Phone 18').waitFor({ state: 'detached' });
    expect(await scrolled()).toBe(kept);
    expect(await suite.page.textContent('#count')).toBe('38');
  });

  it('stays a table while devices go, and keeps what is open', async () => {
    many(suite.world, 8);
    await suite.signIn();
    await suite.page.getByRole('button', { name: 'Details of Phone 2' }).click();
    await suite.page.getByRole('button', { name: 'Sign out Phone 6' }).click();
    await suite.device('Phone 6').waitFor({ state: 'detached' });
    expect(await suite.page.isVisible('table')).toBe(true);
    expect(await suite.device('Phone 2').locator('.detail').isVisible()).toBe(true);
    await suite.page.reload();
    await suite.page.waitForSelector('.card');
    expect(await suite.page.isVisible('table')).toBe(false);
  });

  it('does not become a table under the hands of somebody who renames a device', async () => {
    many(suite.world, 7);
    await suite.signIn();
    await suite.page.getByRole('button', { name: 'Rename Phone 2' }).click();
    await suite.page.keyboard.type('Kitch');
    suite.world.devices.push(suite.world.device({ device_name: 'Ninth' }));
    await suite.page.evaluate(`{
      const monotonic = performance.now.bind(performance);
      performance.now = () => monotonic() + 60_000;
      dispatchEvent(new Event('pageshow'));
    }`);
    await suite.device('Ninth').waitFor();
    expect(await suite.page.evaluate('document.activeElement.value')).toBe('Kitch');
    await suite.page.keyboard.type('en');
    await suite.page.keyboard.press('Enter');
    await suite.page.getByText('Renamed to Kitchen.').waitFor();
    await suite.device('Kitchen').waitFor();
    expect(await suite.focused()).toBe('Rename Kitchen');
    await suite.page.click('#reload');
    await suite.page.waitForSelector('table');
    expect(await names()).toHaveLength(9);
  });

  it('shows more devices page by page', async () => {
    many(suite.world, 119);
    await suite.signIn();
    expect(await suite.page.textContent('#count')).toBe('50+');
    await suite.page.click('#more-devices');
    await suite.page.getByText('100+').waitFor();
    await suite.page.click('#more-devices');
    await suite.page.waitForSelector('#more-devices', { state: 'hidden' });
    expect(await suite.page.textContent('#count')).toBe('120');
    expect(await suite.focused()).toBe('devices-title');
    await suite.page.click('#reload');
    await suite.page.waitForSelector('[aria-busy]', { state: 'detached' });
    expect(await suite.page.locator('.device').count()).toBe(120);
  });

  it('says of sessions that ended why', async () => {
    const reasons = [
      ['logout', 'Signed out there'],
      ['superseded', 'Replaced by a new sign-in on the same device'],
      ['device_removed', 'Signed out from another device'],
      ['reuse', 'Ended because it was used in two places'],
      ['admin', 'Ended by an administrator'],
      ['session_limit', 'Ended because there were too many sessions'],
      ['logout_all', 'Signed out together with other devices'],
      ['password_changed', 'Ended because the password was changed'],
      ['password_reset', 'Ended because the password was reset'],
      ['idle', 'Expired: it was not used for long'],
      ['absolute', 'Expired: it had lasted as long as a session may'],
      ['something_newer', 'Ended'],
    ];
    suite.world.ended = reasons.map(([reason]) => {
      const { session_id, device_id } = suite.world.device();
      return { session_id, device_id, device_name: 'Old', ended_at: ago(2 * HOUR_MS), reason: reason! };
    });
    await suite.signIn();
    expect(await suite.page.locator('#ended .why').allTextContents()).toEqual(
      reasons.map(([, words]) => `${words} · 2 hours ago`),
    );
  });

  it('lets all times move on while the page is open', async () => {
    suite.world.ended = ['logout', 'reuse'].map((reason) => {
      const { session_id, device_id } = suite.world.device();
      return { session_id, device_id, device_name: 'Old', ended_at: ago(0), reason };
    });
    suite.world.devices = [suite.world.device({ device_name: 'Work', issued_at: ago(0), last_used_at: ago(0) })];
    await suite.signIn();
    const times = suite.page.locator('#alerts time, #ended time, [data-session] .used time, [data-field=issued] time');
    const reading = (): Promise<string[]> => times.allTextContents();
    expect(await reading()).toEqual(expect.arrayContaining(['just now']));
    await suite.page.clock.setSystemTime(Date.now() + 3 * HOUR_MS + 60_000);
    await suite.page.getByText('Signed out there · 3 hours ago').waitFor();
    expect(new Set(await reading())).toEqual(new Set(['3 hours ago', 'Active now']));
    const notice = suite.page.getByRole('region', { name: 'Used in two places' });
    expect(await notice.textContent()).toContain('That session was ended 3 hours ago, to keep');
  });

  it('shows a few sessions that ended, and all when asked', async () => {
    suite.world.ended = Array.from({ length: 20 }, (_, index) => {
      const { session_id, device_id } = suite.world.device();
      return { session_id, device_id, device_name: `Old ${index}`, ended_at: ago(index * HOUR_MS), reason: 'logout' };
    });
    await suite.signIn();
    expect(await suite.page.locator('#ended > li:visible').count()).toBe(5);
    await suite.page.click('text=Show all 20');
    expect(await suite.page.locator('#ended > li:visible').count()).toBe(20);
    expect(await suite.focused()).toBe('Details of Old 5, ended');
  });

  it('reports a session that was used in two places, accuses nobody, and shows where', async () => {
    five(suite.world);
    await suite.signIn();
    const notice = suite.page.getByRole('region', { name: 'Used in two places' });
    expect(await notice.getByRole('heading').textContent()).toBe('Old laptop was used in two places');
    expect(await suite.page.locator('main').innerText()).not.toMatch(/theft|thief|stolen|attack|somebody/i);
    await notice.getByRole('button', { name: 'See where' }).click();
    const places = suite.page.locator('.theft .places li');
    await places.first().waitFor();
    expect(await places.allTextContents()).toEqual(['Chrome on Linux · 203.0.113.8', 'python-requests · 198.51.100.23']);
    await notice.getByRole('button', { name: 'Close' }).click();
    expect(await suite.focused()).toBe('devices-title');
    await suite.page.reload();
    await suite.page.waitForSelector('.device');
    expect(await notice.count()).toBe(0);
  });

  it('marks a device that may be in two places now', async () => {
    five(suite.world);
    await suite.signIn();
    expect(await suite.page.locator('.contested:visible').allTextContents()).toEqual([
      'This session may be in use in two places. If one is not yours, sign it out and change your password.',
    ]);
  });

  it('says that nothing is answered when an answer never comes, and can be asked again', async () => {
    suite.world.intercept = ({ path }) => (path === '/devices' ? new Promise(() => undefined) : undefined);
    await suite.enter();
    await suite.page.getByText('Loading your devices…').waitFor();
    await suite.page.getByText('The server cannot be reached. Are you online?').waitFor();
    expect(await suite.page.isVisible('#loading')).toBe(false);
    suite.world.intercept = () => undefined;
    await suite.page.click('#reload');
    await suite.page.waitForSelector('.device');
    await suite.page.waitForSelector('#message:empty', { state: 'attached' });
  });

  it('says that it loads, until there is something to show', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<undefined>((resolve) => (letGo = () => resolve(undefined)));
    suite.world.intercept = ({ path }) => (path === '/devices' ? held : undefined);
    await suite.page.fill('#email', ADA.email);
    await suite.page.fill('#password', ADA.password);
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('Loading your devices…').waitFor();
    expect(await suite.page.getAttribute('#signed-in', 'aria-busy')).toBe('true');
    letGo();
    await suite.page.waitForSelector('.device');
    expect(await suite.page.isVisible('#loading')).toBe(false);
    expect(await suite.page.getAttribute('#signed-in', 'aria-busy')).toBeNull();
  });

  it('says so when the server knows of a sign-out at last', async () => {
    await suite.signIn();
    suite.world.intercept = ({ path }) => (path === '/logout' ? problem(503, 'unavailable') : undefined);
    await suite.page.click('#sign-out');
    await suite.page.getByText('You are signed out here; the server does not know yet.').waitFor();
    suite.world.intercept = () => undefined;
    await suite.page.evaluate("dispatchEvent(new Event('online'))");
    await suite.page.getByText('You are signed out, and the server knows.').waitFor();
    expect(suite.world.current).toBeNull();
  });

  it('shows the form for signing in after a sign-out, also at the address of another form', async () => {
    await suite.signIn();
    await suite.page.goto(`${suite.api.url}/#create-account`);
    await suite.page.click('#sign-out');
    await suite.page.getByText('You are signed out.').waitFor();
    expect(await suite.page.locator('h2:visible').allTextContents()).toEqual(['Sign in']);
    expect(new URL(suite.page.url()).hash).toBe('');
  });

  it('leads auditors to their page and back, and nobody else', async () => {
    await suite.signIn();
    expect(await suite.page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
    suite.world.roles = ['auditor'];
    await suite.page.click('#reload');
    await suite.page.getByRole('link', { name: 'Audit' }).click();
    await suite.page.getByRole('heading', { name: 'tokenledger audit' }).waitFor();
    await suite.page.getByRole('link', { name: 'Your devices' }).click();
    await suite.page.locator('.device').first().waitFor();
    suite.world.roles = ['auditor', 'admin'];
    await suite.page.goto(`${suite.api.url}/admin`);
    await suite.page.getByRole('link', { name: 'Audit' }).waitFor();
  });

  it('takes the bad news down when a reload went well', async () => {
    await suite.signIn();
    await suite.context.setOffline(true);
    await suite.page.click('#reload');
    await suite.page.getByText('The server cannot be reached. Are you online?').waitFor();
    await suite.context.setOffline(false);
    await suite.page.click('#reload');
    await suite.page.waitForSelector('#message:empty', { state: 'attached' });
  });

  it.each([
    ['token_revoked', 'You were signed out.'],
    ['token_expired', 'Your session has expired: it was not used for long, or it had lasted as long as a session may.'],
    ['token_reused', 'Your session was used in two places, so it was ended to keep your account safe.'],
  ])('says why the session here has ended: %s', async (code, words) => {
    await suite.signIn();
    suite.world.intercept = () => problem(401, code);
    await suite.page.click('#reload');
    await suite.page.waitForSelector('#sign-in');
    await suite.page.getByText(words).waitFor();
    expect(await suite.page.locator('.device').count()).toBe(0);
    expect(await suite.page.content()).not.toContain(ADA.email);
  });
});
