/** How long a new password must be, where the operator asks for more than the least. */
import { expect } from '@jest/globals';
import { pageSuite } from '../support/page-suite.js';

const HINT = '15 to 128 characters. A few unrelated words are good.';
const SHORT = 'Thirteen char';

pageSuite(
  'hints about new passwords',
  (suite, it) => {
    const errorAt = async (field: string): Promise<string> => suite.page.locator(`#${field}-error`).innerText();

    it.each(['', 'index.html'])('name what the operator asks for when an account is made: /%s', async (path) => {
      await suite.page.goto(`${suite.app.url}/${path}#create-account`);
      expect(await suite.page.innerText('#register-password-hint')).toBe(HINT);
      await suite.page.fill('#register-email', 'grace@example.com');
      await suite.page.fill('#register-password', SHORT);
      await suite.page.press('#register-password', 'Enter');
      expect(await errorAt('register-password')).toBe('Please take at least 15 characters; these are 13.');
    });

    it('name it when the password is changed', async () => {
      await suite.signIn();
      await suite.page.click('#change-password');
      expect(await suite.page.innerText('#new-password-hint')).toBe(HINT);
      await suite.page.fill('#current-password', 'what it was');
      await suite.page.fill('#new-password', SHORT);
      await suite.page.press('#new-password', 'Enter');
      expect(await errorAt('new-password')).toBe('Please take at least 15 characters; these are 13.');
    });

    it.each(['reset', 'reset.html'])('name it when the password is reset: /%s', async (path) => {
      await suite.page.goto(`${suite.app.url}/${path}#code=abc`);
      expect(await suite.page.innerText('#new-password-hint')).toBe(HINT);
      await suite.page.fill('#new-password', SHORT);
      await suite.page.click('#choose button');
      expect(await errorAt('new-password')).toBe('Please take at least 15 characters; these are 13.');
    });
  },
  { env: { PASSWORD_MIN_LENGTH: '15' } },
);
