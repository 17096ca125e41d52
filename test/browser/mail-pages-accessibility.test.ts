/** axe-core finds nothing on the pages behind the links in mails, in whatever state. */
import { afterAll, beforeAll } from '@jest/globals';
import type { Page } from 'playwright-core';
import { browserDescribe } from '../support/backends.js';
import { TestBrowser } from '../support/browser.js';
import { examine } from '../support/examine.js';
import { MailPagesApi } from '../support/mail/mail-pages-api.js';

const CODE = `0b5c6a52-6f0e-4f5e-9d8c-0f5e7a3b9c11.${'c0de'.repeat(10)}abc`;
const PASSWORD = 'correct horse battery';

browserDescribe('the pages of mails are accessible', (it) => {
  let browser: TestBrowser;
  let api: MailPagesApi;
  let page: Page;

  beforeAll(async () => {
    browser = await TestBrowser.start();
    api = new MailPagesApi();
    await api.start();
    page = await browser.newPage({ locale: 'en-GB' });
    page.setDefaultTimeout(30_000);
  });
  afterAll(async () => {
    await browser.close();
    await api.stop();
  });

  async function open(where: 'verify' | 'reset', fragment = `#code=${CODE}`): Promise<void> {
    await page.goto('about:blank');
    await page.goto(`${api.url}/${where}${fragment}`);
    await page.locator('main h2:visible').waitFor();
  }
  const press = (name: string): Promise<void> => page.getByRole('button', { name }).click();
  const shows = (text: string): Promise<void> => page.getByText(text).first().waitFor();
  async function choose(password: string): Promise<void> {
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password, once more').fill(password);
    await press('Change the password');
  }

  it('confirming an address: asked, not me, done, expired, and a link that is not whole', async () => {
    await open('verify');
    await examine(page, 'verify');
    await press('This was not me');
    await examine(page, 'verify-stranger');
    await open('verify');
    await press('Confirm my address');
    await shows('Your address is confirmed');
    await examine(page, 'verify-done');
    await open('verify');
    api.answer = () => ({ status: 400, body: { code: 'code_expired' } });
    await press('Confirm my address');
    await shows('It has expired.');
    await examine(page, 'verify-expired');
    await open('verify', '');
    await examine(page, 'verify-broken');
    api.answer = () => ({ status: 204 });
  });

  it('choosing a new password: asked, with an error at the field, refused for now, and done', async () => {
    await open('reset');
    await examine(page, 'reset');
    await choose('short');
    await examine(page, 'reset-error');
    api.answer = () => ({ status: 429, body: { code: 'too_many_requests' }, headers: { 'Retry-After': '900' } });
    await choose(PASSWORD);
    await shows('Please try again in 15 minutes.');
    await examine(page, 'reset-limited');
    api.answer = () => ({ status: 204 });
    await choose(PASSWORD);
    await shows('Your password is changed');
    await examine(page, 'reset-done');
  });
});
