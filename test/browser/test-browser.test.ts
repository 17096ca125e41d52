import { afterAll, beforeAll, expect } from '@jest/globals';
import { browserDescribe } from '../support/backends.js';
import { TestBrowser } from '../support/browser.js';

browserDescribe('the Chromium of a suite', (it) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.start();
  });
  afterAll(() => browser.close());

  it('is there again for the next test after it has ended by itself', async () => {
    const page = await browser.newPage();
    const ended = new Promise<void>((resolve) => page.once('close', () => resolve()));
    const session = await page.context().newCDPSession(page);
    await expect(session.send('Browser.crash')).rejects.toThrow();
    await ended;
    const next = await browser.newPage();
    await next.setContent('<title>here</title>');
    expect(await next.title()).toBe('here');
    await next.close();
  });
});
