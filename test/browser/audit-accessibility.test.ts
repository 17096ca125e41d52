/** axe-core finds nothing on the page for auditors, and nothing runs out of the window. Makes its pictures in docs/ on the way. */
import { expect } from '@jest/globals';
import { busy, erasedUser, fiveDevices, manyDevices, newcomer, oneDevice } from '../support/audit-scenes.js';
import { auditSuite } from '../support/audit-suite.js';
import { examine } from '../support/examine.js';

auditSuite('the page for auditors is accessible', (suite, it) => {
  const look = (state: string): Promise<void> => examine(suite.page, `audit-${state}`);

  it('signing in', () => look('sign-in'));

  it('without the role', async () => {
    suite.audit.isAuditor = false;
    await suite.enter();
    await suite.page.waitForSelector('#no-role:not([hidden])');
    await look('no-role');
  });

  it('all users, and an address that nobody has', async () => {
    suite.audit.users = [fiveDevices(), oneDevice(), erasedUser(), newcomer()].map(({ audited }) => audited);
    await suite.enter();
    await suite.page.fill('#find-user', 'nobody@example.com');
    await suite.page.press('#find-user', 'Enter');
    await suite.page.waitForSelector('.field-error');
    await look('users');
  });

  for (const [state, scene] of [
    ['one-device', oneDevice],
    ['five-devices', fiveDevices],
    ['forty-devices', manyDevices],
    ['ten-thousand', () => busy(10_000)],
    ['erased', erasedUser],
    ['newcomer', newcomer],
  ] as const) {
    it(state, async () => {
      await suite.show(scene());
      await look(state);
    });
  }

  it('a theft on the lanes, with its moment', async () => {
    await suite.show(fiveDevices());
    await suite.page.getByRole('button', { name: 'Show it on the lanes' }).click();
    await suite.page.waitForSelector('#state-section:not([aria-busy])');
    expect(await suite.page.locator('#lanes .mark.theft .label').textContent()).toBe('Theft');
    await look('theft');
  });
});
