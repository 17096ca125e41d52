/** From a mail to the page behind its link and on, in Chromium over the server: what a user walks through. */
import { expect } from '@jest/globals';
import { outboxMail } from '../support/mail/outbox-mails.js';
import { pageSuite } from '../support/page-suite.js';
import { freshCredentials } from '../support/running-app.js';

const PASSWORD = 'a wholly other passphrase';

pageSuite('from a mail to the account', (suite, it) => {
  const shows = (text: string): Promise<void> => suite.page.getByText(text).first().waitFor();
  /** Opens the link of a mail in another tab, at the address that this server has. */
  async function follow(email: string, words: string): Promise<string> {
    const { link } = await outboxMail(suite.app.folder, email, words);
    const { pathname, hash } = new URL(link!);
    suite.page = await suite.open(suite.app.url + pathname + hash);
    return hash.slice('#code='.length);
  }

  it('an address is confirmed by its mail, once; opened again, the link says so', async () => {
    const credentials = freshCredentials();
    const { access_token: token } = await suite.app.api.signedIn(credentials);
    const verified = async (): Promise<unknown> => (await suite.app.api.get('me', token)).body.email_verified;
    const code = await follow(credentials.email, 'Confirm');
    await suite.page.getByRole('button', { name: 'Confirm my address' }).waitFor();
    expect(await verified()).toBe(false);
    await suite.page.getByRole('button', { name: 'Confirm my address' }).click();
    await shows('Your address is confirmed');
    expect(await verified()).toBe(true);
    await follow(credentials.email, 'Confirm');
    await suite.page.getByRole('button', { name: 'Confirm my address' }).click();
    await shows('Your address is confirmed');
    expect(suite.urls.filter((url) => url.includes(code) && !url.includes('#code='))).toEqual([]);
    expect(suite.said).toEqual([]);
  });

  it('a forgotten password: asked for on the page, chosen behind the mail, and good for signing in', async () => {
    const credentials = freshCredentials();
    const before = await suite.app.api.signedIn(credentials);
    await suite.page.click('text=Forgotten your password?');
    await suite.page.fill('#forgot-email', credentials.email);
    await suite.page.press('#forgot-email', 'Enter');
    await follow(credentials.email, 'Choose');
    await suite.page.getByLabel('New password', { exact: true }).fill(PASSWORD);
    await suite.page.getByLabel('New password, once more').fill(PASSWORD);
    await suite.page.getByRole('button', { name: 'Change the password' }).click();
    await shows('Your password is changed');
    expect((await suite.app.api.refresh(before.refresh_token)).body.code).toBe('token_revoked');
    expect((await outboxMail(suite.app.folder, credentials.email, 'was changed')).link).toBeNull();
    // The code is used up.
    await follow(credentials.email, 'Choose');
    await suite.page.getByLabel('New password', { exact: true }).fill(`${PASSWORD}!`);
    await suite.page.getByLabel('New password, once more').fill(`${PASSWORD}!`);
    await suite.page.getByRole('button', { name: 'Change the password' }).click();
    await shows('This link cannot be used');
    await suite.page.goto(suite.app.url);
    await suite.enter({ email: credentials.email, password: PASSWORD });
    await suite.page.press('#password', 'Enter');
    await suite.page.waitForSelector('.device');
  });
});
