/** axe-core finds nothing on the administrators' page, in whatever state. */
import { accounts, administrator } from '../support/admin-scenes.js';
import { examine as examinePage } from '../support/examine.js';
import { fakePageSuite } from '../support/fake-page-suite.js';
import { problem } from '../support/fake-answer.js';

fakePageSuite('the administrators’ page is accessible', (suite, it) => {
  const examine = (state: string): Promise<void> => examinePage(suite.page, state);

  it('signing in', async () => {
    suite.page = await suite.open('/admin');
    await examine('admin-sign-in');
  });

  it('somebody who is no administrator', async () => {
    await suite.enterAt('/admin');
    await suite.page.getByRole('heading', { name: 'This page is for administrators' }).waitFor();
    await examine('no-administrator');
  });

  it('accounts, and one that is not found', async () => {
    accounts(suite.world, 0);
    await suite.enterAt('/admin');
    await suite.page.locator('#users li').first().waitFor();
    await examine('accounts');
    await suite.page.fill('#find-email', 'nobody@example.com');
    await suite.page.press('#find-email', 'Enter');
    await suite.page.waitForSelector('#find-email-error');
    await examine('accounts-not-found');
  });

  it.each([1, 5, 40])('an account with %i sessions', async (count) => {
    const { user_id: id } = accounts(suite.world, count);
    await suite.enterAt(`/admin#user/${id}`);
    await suite.page.locator('.session').first().waitFor();
    await suite.page.click('summary');
    await examine(count === 5 ? 'account' : `account-${count}`);
  });

  it('accounts that are disabled, erased, and one’s own', async () => {
    accounts(suite.world, 0);
    const own = suite.world.users.find(({ user_id: id }) => id === suite.world.userId)!;
    await suite.enterAt('/admin');
    for (const [state, { user_id: id }] of [
      ['account-disabled', suite.world.users.find(({ status }) => status === 'disabled')!],
      ['account-erased', suite.world.users.find(({ status }) => status === 'erased')!],
      ['account-own', own],
    ] as const) {
      await suite.page.goto(`${suite.api.url}/admin#user/${id}`);
      await suite.page.locator('#facts code', { hasText: id }).waitFor();
      await examine(state);
    }
  });

  it('the dialogs', async () => {
    const { user_id: id } = accounts(suite.world, 1);
    suite.world.needsPassword = true;
    await suite.enterAt(`/admin#user/${id}`);
    await suite.page.locator('.session').first().waitFor();
    await suite.page.click('#disable-user');
    await examine('disable');
    await suite.page.click('#confirm-go');
    await suite.page.waitForSelector('#confirm-password');
    await examine('disable-password');
    await suite.page.keyboard.press('Escape');
    await suite.page.click('#reset-password');
    await examine('reset');
    await suite.page.keyboard.press('Escape');
    await suite.page.click('#erase-user');
    await examine('erase-disabled');
    await suite.page.fill('#erase-typed', suite.world.users[0]!.email!);
    await examine('erase');
  });

  it('what cannot be read', async () => {
    administrator(suite.world);
    suite.world.intercept = ({ path }) => (path.startsWith('/api/v1/admin') ? problem(503, 'unavailable') : undefined);
    await suite.enterAt('/admin');
    await suite.page.waitForSelector('#try-again');
    await examine('admin-unavailable');
  });
});
