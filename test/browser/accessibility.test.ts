/** axe-core finds nothing, and nothing runs out of the window. Makes the pictures in docs/ on the way (`npm run screenshots`). */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Credentials } from '../support/api-client.js';
import { pageSuite } from '../support/page-suite.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOUR_MS = 3_600_000;
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const LIBRARY = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const PICTURES = ['signed-out-light-1000', 'signed-out-dark-360', 'signed-in-light-360', 'signed-in-dark-1000'];

pageSuite('the page is accessible', (suite, it) => {
  const ada: Credentials = { email: 'ada@example.com', password: 'correct horse battery' };

  /** Looks at the page as it is now, on a phone and on a desk, light and dark. */
  async function examine(state: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1000]) {
        await suite.page.emulateMedia({ colorScheme });
        await suite.page.setViewportSize({ width, height: 800 });
        await suite.page.evaluate(AXE);
        const violations = await suite.page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: object[] }> } };
          return (await axe.run()).violations;
        });
        expect(violations).toEqual([]);
        expect(await suite.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        const name = `${state}-${colorScheme}-${width}`;
        if (process.env.SCREENSHOTS !== undefined && PICTURES.includes(name)) {
          await suite.page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
        }
      }
    }
  }

  /** A phone, a computer in a library, and this browser, where somebody has used a token that was stolen. */
  async function live(): Promise<void> {
    const { api } = suite.app;
    const post = async (where: string, body: object, agent: string): Promise<string> =>
      (await api.post<{ refresh_token: string }>(where, body, { 'user-agent': agent })).body.refresh_token;
    const refresh = (token: string, agent: string): Promise<string> => post('refresh', { refresh_token: token }, agent);
    await api.register(ada);
    let phone = await post('login', { ...ada, device_name: 'Phone' }, PHONE);
    suite.skewMs += 20 * HOUR_MS;
    await post('login', { ...ada, device_name: 'Library, second floor' }, LIBRARY);
    await suite.signIn('storage', ada);
    const agent = await suite.page.evaluate<string>('navigator.userAgent');
    const { refresh: stolen } = (await suite.stored<{ refresh: string }>('session'))!;
    let mine = stolen;
    for (let time = 0; time < 9; time += 1) {
      suite.skewMs += 3 * HOUR_MS;
      phone = await refresh(phone, PHONE);
      mine = await refresh(mine, agent);
    }
    const successor = await refresh(mine, agent);
    expect(await refresh(mine, agent)).toBe(successor);
    suite.skewMs += HOUR_MS;
    await refresh(stolen, 'python-requests/2.32');
    await suite.page.click('#reload');
    await suite.waitForSignedOut();
    await suite.signIn('storage', ada);
    suite.skewMs += HOUR_MS;
    await suite.page.click('#reload');
    await suite.card('My laptop').locator('[data-field=generation]', { hasText: /^1$/ }).waitFor();
  }

  it('signed out', () => examine('signed-out'));

  it('signed out, with an error', async () => {
    await suite.enter({ ...ada, password: 'short' });
    await suite.page.click('button[value=register]');
    await suite.page.waitForSelector('#message.bad');
    await examine('signed-out-error');
  });

  it('signed in, with a timeline', async () => {
    await live();
    const card = suite.card('My laptop');
    await card.locator('summary').click();
    await card.locator('.timeline .theft').waitFor();
    await examine('signed-in');
    await card.locator('.timeline summary').click();
    await examine('signed-in-run');
  });

  it('signed in, with an error', async () => {
    await suite.signIn();
    suite.middleware = (ctx) => {
      ctx.status = 503;
      return Promise.resolve();
    };
    await suite.page.click('#reload');
    await suite.page.waitForSelector('#message.bad');
    await examine('signed-in-error');
  });

  it('says what happens where it is read out, and has its parts named', async () => {
    await suite.page.evaluate("document.querySelector('#message').dataset.kept = ''");
    await suite.signIn();
    await suite.page.click('#sign-out');
    // The very region that was there before, and was never hidden: what is put into a new one is often not read out.
    await suite.page.locator('[role=status][data-kept]', { hasText: 'You are signed out.' }).waitFor();
    const parts = (await suite.page.locator('main').ariaSnapshot()).split('\n').map((line) => line.trim());
    expect(parts).toEqual(
      expect.arrayContaining([
        '- status: You are signed out.',
        '- region "Sign in":',
        '- textbox "E-mail address"',
        '- textbox "Password"',
        '- button "Register"',
      ]),
    );
  });
});
