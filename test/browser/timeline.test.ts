/** What happened on a device, drawn from its history. */
import { expect } from '@jest/globals';
import type { Locator } from 'playwright-core';
import type { Credentials, Pair } from '../support/api-client.js';
import { pageSuite } from '../support/page-suite.js';

const MINUTE_MS = 60_000;

pageSuite('the timeline of a device', (suite, it) => {
  const marks = (): Locator => suite.card('Second').locator('.timeline > li');
  const words = (): Promise<string[]> => suite.card('Second').locator('.timeline > li > .what').allTextContents();

  const signInSecond = (credentials: Credentials, deviceId?: string): Promise<Pair> =>
    suite.app.api.signIn(credentials, { device_name: 'Second', ...(deviceId !== undefined && { device_id: deviceId }) });

  /** Refreshes so many times, minutes apart; resolves to the pairs, the first included. */
  async function refresh(pair: Pair, times: number): Promise<Pair[]> {
    const pairs = [pair];
    for (let time = 0; time < times; time += 1) {
      suite.skewMs += MINUTE_MS;
      pairs.push((await suite.app.api.refresh(pairs.at(-1)!.refresh_token)).body);
    }
    return pairs;
  }

  async function openTimeline(): Promise<void> {
    await suite.page.click('#reload');
    await suite.card('Second').locator('summary').first().click();
    await marks().first().waitFor();
  }

  it('shows sign-ins, refreshes, redeliveries, reuse and ends, each in words and by a mark of its own', async () => {
    const credentials = await suite.signIn();
    const pairs = await refresh(await signInSecond(credentials), 2);
    await suite.app.api.refresh(pairs[1]!.refresh_token);
    suite.skewMs += MINUTE_MS;
    await suite.app.api.post(
      'refresh',
      { refresh_token: pairs[0]!.refresh_token },
      { 'user-agent': 'python-requests/2.32' },
    );
    const { device_id: deviceId } = pairs[0]!;
    await signInSecond(credentials, deviceId);
    const { access } = (await suite.stored<{ access: string }>('session'))!;
    await suite.app.api.logoutAll(access, true);
    await signInSecond(credentials, deviceId);
    await openTimeline();
    expect(await words()).toEqual([
      'Signed in generation 0',
      'Signed out with all devices',
      'Signed in generation 0',
      'Signed out generation 2',
      'An old token was used: theft generation 2',
      'Answer lost, given again generation 2',
      'Refreshed generation 2',
      'Refreshed generation 1',
      'Signed in generation 0',
    ]);
    const theft = suite.card('Second').locator('[data-type=TokenReuseDetected]');
    expect(await theft.locator('> span').textContent()).toBe('127.0.0.1 · python-requests/2.32');
    const looks = await marks().evaluateAll((items) => {
      const { getComputedStyle } = globalThis as unknown as {
        getComputedStyle: (item: unknown, part: string) => Record<string, string>;
      };
      return items.map((item) => {
        const { borderColor, borderRadius, borderWidth, transform } = getComputedStyle(item, '::before');
        return [borderColor, borderRadius, borderWidth, transform].join();
      });
    });
    const [begin, end, , , theftMark, again, use] = looks;
    expect(new Set([begin, end, theftMark, again, use]).size).toBe(5);
  });

  it('draws many refreshes from one place as one, which can be opened, and goes back page by page', async () => {
    const credentials = await suite.signIn();
    const pair = await signInSecond(credentials);
    const [, , third] = await refresh(pair, 2);
    const elsewhere = await suite.app.api.post<Pair>(
      'refresh',
      { refresh_token: third!.refresh_token },
      { 'user-agent': 'curl/8.5.0' },
    );
    await refresh(elsewhere.body, 222);
    await openTimeline();
    expect(await words()).toEqual(['Refreshed 100 times generations 126–225']);
    const run = marks().first();
    await run.locator('summary').click();
    expect(await run.locator('ol > li').count()).toBe(100);
    const earlier = suite.card('Second').getByRole('button', { name: 'Earlier' });
    await earlier.click();
    await run.getByText('Refreshed 200 times').waitFor();
    // What was open stays open, with what has come to it.
    expect(await run.locator('ol > li:visible').count()).toBe(200);
    await earlier.focus();
    await suite.page.keyboard.press('Enter');
    await marks().getByText('Signed in').waitFor();
    expect(await words()).toEqual([
      'Refreshed 222 times generations 4–225',
      'Refreshed generation 3',
      'Refreshed generation 2',
      'Refreshed generation 1',
      'Signed in generation 0',
    ]);
    expect(await earlier.isVisible()).toBe(false);
    expect(await suite.page.evaluate('document.activeElement.textContent')).toBe('What happened here');
  });

  it('stays open, brought up to date and with the focus where it was, when the list is read anew', async () => {
    const credentials = await suite.signIn();
    const third = await suite.app.api.signIn(credentials, { device_name: 'Third' });
    const pairs = await refresh(await signInSecond(credentials), 1);
    await openTimeline();
    expect(await words()).toHaveLength(2);
    await suite.card('Third').locator('summary').focus();
    await refresh(pairs[1]!, 1);
    // It is the last used then, and its card moves before that of Second.
    await refresh(third, 1);
    await suite.advance(MINUTE_MS);
    await suite.page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
    await marks().getByText('generation 2').waitFor();
    expect(await words()).toHaveLength(3);
    expect(await suite.page.locator('.card h3').allTextContents()).toEqual(['My laptop', 'Third', 'Second']);
    expect(await suite.page.evaluate('document.activeElement.closest(".card").querySelector("h3").textContent')).toBe(
      'Third',
    );
  });

  it('that cannot be read says so, and can be tried again', async () => {
    const credentials = await suite.signIn();
    await signInSecond(credentials);
    suite.middleware = (ctx, next) => {
      if (!ctx.path.endsWith('/events')) return next();
      ctx.status = 503;
      return Promise.resolve();
    };
    await suite.page.click('#reload');
    const summary = suite.card('Second').locator('summary').first();
    await summary.click();
    await suite.page.getByText('The server cannot do this at the moment.').waitFor();
    suite.middleware = (_ctx, next) => next();
    await summary.click();
    await summary.click();
    await marks().first().waitFor();
    expect(await words()).toEqual(['Signed in generation 0']);
  });

  it('without any event says that too', async () => {
    const credentials = await suite.signIn();
    await signInSecond(credentials);
    suite.middleware = async (ctx, next) => {
      await next();
      if (ctx.path.endsWith('/events')) ctx.body = { events: [], next: null };
    };
    await suite.page.click('#reload');
    await suite.card('Second').locator('summary').first().click();
    await suite.card('Second').getByText('Nothing is known of this device.').waitFor();
  });
});
