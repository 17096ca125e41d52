/** axe-core finds nothing on the page of a user's devices, in whatever state. */
import { expect } from '@jest/globals';
import { examine as examinePage } from '../support/examine.js';
import { fakePageSuite } from '../support/fake-page-suite.js';
import { problem } from '../support/fake-answer.js';
import { event, five, HOUR_MS, many } from '../support/page-scenes.js';

fakePageSuite('the page is accessible', (suite, it) => {
  const examine = (state: string): Promise<void> => examinePage(suite.page, state);

  it('signing in', () => examine('sign-in'));

  it('making an account, with errors at the fields', async () => {
    await suite.page.click('text=Create an account');
    await suite.page.fill('#register-email', 'ada');
    await suite.page.fill('#register-password', 'short');
    await suite.page.press('#register-password', 'Enter');
    expect(await suite.page.locator('.field-error').count()).toBe(2);
    await examine('register-errors');
  });

  it('a forgotten password: asked, sent, and where no mail can be sent', async () => {
    await suite.page.click('text=Forgotten your password?');
    await examine('forgot');
    suite.world.sendsMail = true;
    await suite.page.fill('#forgot-email', 'ada@example.com');
    await suite.page.press('#forgot-email', 'Enter');
    await suite.page.getByText('a link is on its way').waitFor();
    await examine('forgot-sent');
    suite.world.sendsMail = false;
    await suite.page.fill('#forgot-email', 'ada@example.com');
    await suite.page.press('#forgot-email', 'Enter');
    await suite.page.waitForSelector('#message.bad');
    await examine('forgot-no-mail');
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
    await examine('change-password');
    await suite.page.press('#new-password', 'Enter');
    await examine('change-password-errors');
  });

  it('an address that is not confirmed, and that a link is on its way or is not', async () => {
    suite.world.verified = false;
    suite.world.roles = ['admin'];
    await suite.signIn();
    await suite.page.click('#verify-again');
    await suite.page.getByText('A new link is on its way').waitFor();
    await examine('unconfirmed');
    suite.world.intercept = ({ path }) =>
      path === '/email/verify/request' ? problem(429, 'too_many_requests', {}, { 'retry-after': '900' }) : undefined;
    await suite.page.click('#verify-again');
    await suite.page.locator('#verify-state.bad').waitFor();
    await examine('unconfirmed-limited');
  });

  it('deleting the account, and the goodbye', async () => {
    await suite.signIn();
    await suite.page.click('#delete-account');
    await suite.page.click('#delete-go');
    await suite.page.waitForSelector('#delete-password-error');
    await examine('delete-account');
    await suite.page.fill('#delete-password', suite.world.password);
    await suite.page.press('#delete-password', 'Enter');
    await suite.page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
    await examine('goodbye');
  });

  it('an address without a page', async () => {
    suite.page = await suite.open('/nowhere/at/all');
    await examine('not-found');
  });
});
