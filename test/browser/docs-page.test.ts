/** The page at /docs shows the description under its own policy. */
import { expect } from '@jest/globals';
import { pageSuite } from '../support/page-suite.js';

// Plain JavaScript, as the build runs it.
const { copyVendored } = (await import(new URL('../../../scripts/build/vendor.mjs', import.meta.url).href)) as {
  copyVendored: () => Promise<void>;
};

pageSuite('the description as a page', (suite, it) => {
  it('shows every operation, and breaks no policy', async () => {
    await copyVendored();
    const { page, app } = suite;
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(app.url) && !request.url().startsWith('data:')) foreign.push(request.url());
    });
    await page.goto(`${app.url}/docs`);
    await page.getByText('Exchanges a refresh token for the next pair.').first().waitFor();
    await page.getByText('Revocation feed').first().waitFor();
    // Where requests go that are sent from the page.
    expect(await page.evaluate("document.querySelector('rapi-doc').selectedServer.computedUrl")).toBe(`${app.url}/`);
    expect(problems).toEqual([]);
    expect(foreign).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('is %s where the browser asks for it, and cuts nothing off', async (colorScheme) => {
    await copyVendored();
    const { page, app } = suite;
    await page.emulateMedia({ colorScheme });
    await page.goto(`${app.url}/docs`);
    const license = page.locator('#api-info span', { hasText: 'License' });
    await license.waitFor();
    expect(await page.evaluate("document.querySelector('rapi-doc').theme")).toBe(colorScheme);
    for (const width of [360, 768, 1_100, 1_440]) {
      await page.setViewportSize({ width, height: 800 });
      const part = page.locator('rapi-doc .main-content');
      const [text, whole] = [await license.boundingBox(), await part.boundingBox()];
      expect(text!.x).toBeGreaterThanOrEqual(whole!.x);
    }
  });

  it('is the only one that may set styles', async () => {
    const policyOf = async (path: string): Promise<string | null> =>
      (await suite.app.api.request(path)).headers.get('content-security-policy');
    const [docs, page] = [await policyOf('/docs'), await policyOf('/')];
    expect(docs).toBe(page!.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"));
  });
});
