/** The HTML of mails, as a mail program shows it. `SCREENSHOTS=<folder>` writes pictures. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import path from 'node:path';
import { MAIL_KINDS } from '../../src/processors/mail/mail-request.js';
import { writeMail } from '../../src/processors/mail/templates/templates.js';
import { browserDescribe } from '../support/backends.js';
import { TestBrowser } from '../support/browser.js';
import { mailData } from '../support/mail/mail-data.js';

browserDescribe('the HTML of mails', (it) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.start();
  });
  afterAll(() => browser.close());

  it('asks nobody for anything, and fits a phone', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } });
    const requested: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    for (const kind of MAIL_KINDS) {
      await page.setContent(writeMail(kind, mailData()).html);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      const folder = process.env.SCREENSHOTS;
      if (folder !== undefined) await page.screenshot({ path: path.join(folder, `mail-${kind}.png`), fullPage: true });
    }
    expect(requested).toEqual([]);
    await page.close();
  });
});
