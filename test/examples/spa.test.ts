/** examples/spa in Chromium, as Vite builds and serves it, with the built server and examples/express-api at origins of their own. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import path from 'node:path';
import type { Page, Request } from 'playwright-core';
import { ApiClient } from '../support/api-client.js';
import { browserDescribe } from '../support/backends.js';
import { TestBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { exampleDescribe, freePort, runScriptOf, startExample, type ExampleProcess } from '../support/example.js';
import { A_JWT } from '../support/jwt-pattern.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const VITE = path.join('node_modules', 'vite', 'bin', 'vite.js');
const ACTION_TIMEOUT_MS = 40_000;

exampleDescribe('spa', () =>
  exampleDescribe('express-api', () =>
    browserDescribe('a page of another origin', (it) => {
      const folder = temporaryFolder();
      let server: ServerProcess;
      let examples: readonly ExampleProcess[] = [];
      let origin: string;
      let browser: TestBrowser;
      beforeAll(async () => {
        const [ofServer, ofApi, ofPage] = await Promise.all([freePort(), freePort(), freePort()]);
        const [AUTH, API] = [`http://127.0.0.1:${ofServer}`, `http://127.0.0.1:${ofApi}`];
        origin = `http://127.0.0.1:${ofPage}`;
        runScriptOf('express-api', 'build');
        runScriptOf('spa', 'build', { VITE_AUTH_ORIGIN: AUTH, VITE_API_ORIGIN: API });
        server = await startServerProcess({ DATA_DIR: folder.path, PORT: String(ofServer), ALLOWED_ORIGINS: origin });
        examples = [
          await startExample('express-api', ['dist/server.js'], {
            env: { ISSUER: AUTH, PORT: String(ofApi), ALLOWED_ORIGIN: origin },
            ready: /^http/m,
          }),
          await startExample('spa', [VITE, 'preview', '--port', String(ofPage)], { env: {}, ready: /Local/ }),
        ];
        browser = await TestBrowser.start();
      });
      afterAll(async () => {
        await browser.close();
        for (const example of examples) await example.end();
        await server.end('SIGKILL');
        folder.remove();
      });

      const textsOf = (page: Page, list: string): Promise<string[]> => page.locator(`#${list} li`).allTextContents();

      it('signs in, lists devices, calls the API, goes on after a reload, and signs out', async () => {
        const credentials = freshCredentials();
        await new ApiClient(server.url).register(credentials);
        const context = await browser.newContext();
        context.setDefaultTimeout(ACTION_TIMEOUT_MS);
        const page = await context.newPage();
        const requests: Request[] = [];
        page.on('request', (request) => requests.push(request));
        await page.goto(origin);

        await page.fill('[name=email]', credentials.email);
        await page.fill('[name=password]', 'not the password');
        await page.click('text=Sign in');
        await page.waitForSelector('#message:has-text("Wrong address or password")');

        await page.fill('[name=password]', credentials.password);
        await page.press('[name=password]', 'Enter');
        await page.waitForSelector('#orders li');
        await page.waitForSelector('#devices li');
        expect(await textsOf(page, 'orders')).toEqual(['1: Tea']);
        expect(await textsOf(page, 'devices')).toEqual(['The shop (this one)']);
        expect(await page.textContent('#message')).toBe('');

        await page.reload();
        await page.waitForSelector('#orders li');
        const orders = requests.filter((request) => request.method() === 'GET' && request.url().endsWith('/orders'));
        expect(orders.length).toBeGreaterThanOrEqual(2);
        for (const request of orders) expect(request.headers().authorization).toMatch(/^DPoP eyJ/);
        expect(await page.evaluate('JSON.stringify(localStorage)')).not.toMatch(A_JWT);

        await page.click('#sign-out');
        await page.waitForSelector('#sign-in:visible');
        await page.reload();
        await page.waitForSelector('#sign-in:visible');
        await eventually('the server knows', async () => (await context.cookies(`${server.url}/api/v1/auth`)).length === 0);
        await context.close();
      });
    }),
  ),
);
