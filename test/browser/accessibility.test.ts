/** axe-core finds nothing, and nothing runs out of the window. Makes the pictures in docs/ on the way (`npm run screenshots`). */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fakePageSuite } from '../support/fake-page-suite.js';
import { event, five, HOUR_MS, many } from '../support/page-scenes.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 1280];
/** Those that docs/ has; another folder gets all of them. */
const PICTURES = [
  'sign-in-light-1280',
  'sign-in-dark-360',
  'one-device-light-360',
  'five-devices-light-1280',
  'five-devices-dark-360',
  'forty-devices-dark-1280',
];

fakePageSuite('the page is accessible', (suite, it) => {
  /** Looks at the page as it is now, on a phone and on a desk, light and dark. */
  async function examine(state: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of WIDTHS) {
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
        const folder = process.env.SCREENSHOTS;
        if (folder === undefined || (folder === 'docs' && !PICTURES.includes(name))) continue;
        await suite.page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
      }
    }
  }

  it('signing in', () => examine('sign-in'));

  it('making an account, with errors at the fields', async () => {
    await suite.page.click('text=Create an account');
    await suite.page.fill('#register-email', 'ada');
    await suite.page.fill('#register-password', 'short');
    await suite.page.press('#register-password', 'Enter');
    expect(await suite.page.locator('.field-error').count()).toBe(2);
    await examine('register-errors');
  });

  it('a forgotten password, where no mail can be sent', async () => {
    await suite.page.click('text=Forgotten your password?');
    await suite.page.fill('#forgot-email', 'ada@example.com');
    await suite.page.press('#forgot-email', 'Enter');
    await suite.page.waitForSelector('#message.bad');
    await examine('forgot');
  });

  it('one device', async () => {
    await suite.signIn();
    await examine('one-device');
  });

  it('five devices, and a session that was used in two places', async () => {
    five(suite.world);
    await suite.signIn();
    await suite.page.getByRole('button', { name: 'See where' }).click();
    await suite.page.locator('.marks .theft').waitFor();
    await examine('five-devices');
  });

  it('the details of a device that moves about', async () => {
    await suite.signIn();
    const [{ session_id: sid }] = suite.world.devices as unknown as [{ session_id: string }];
    const places = ['203.0.113.8', '2001:db8:85a3:8d3:1319:8a2e:370:7348'];
    suite.world.events.set(sid, [
      ...Array.from({ length: 60 }, (_, index) =>
        event('TokenRotated', index * HOUR_MS, 61 - index, { ip: places[index % 2]! }),
      ),
      event('TokenRedelivered', 60 * HOUR_MS, 1, { contested: true, ip: places[1]! }),
      event('TokenIssued', 61 * HOUR_MS, 0),
    ]);
    await suite.page.getByRole('button', { name: 'Details of' }).click();
    await suite.page.locator('.marks li').first().waitFor();
    await examine('details');
  });

  it('forty devices, one of them looked at', async () => {
    many(suite.world, 39);
    await suite.signIn();
    await suite.device('Phone 2').getByRole('button', { name: 'Details of' }).click();
    await examine('forty-devices');
  });

  it('renaming, and bad news', async () => {
    many(suite.world, 2);
    await suite.signIn();
    await suite.page.getByRole('button', { name: 'Rename Phone 2' }).click();
    suite.world.intercept = () => ({ status: 503 });
    await suite.page.click('#reload');
    await suite.page.waitForSelector('#message.bad');
    await examine('rename');
  });

  it('the dialogs', async () => {
    many(suite.world, 1);
    suite.world.needsPassword = true;
    await suite.signIn();
    await suite.page.click('#sign-out-everywhere');
    await suite.page.click('#confirm-go');
    await suite.page.waitForSelector('#confirm-password');
    await examine('confirm');
    await suite.page.keyboard.press('Escape');
    await suite.page.click('#change-password');
    await suite.page.press('#new-password', 'Enter');
    await examine('change-password');
  });

  it('an address without a page', async () => {
    suite.page = await suite.open('/nowhere/at/all');
    await examine('not-found');
  });
});
