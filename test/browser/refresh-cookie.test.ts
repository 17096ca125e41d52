/** That a browser takes the refresh cookie as it is set, and what is left over beside it does no harm. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { RefreshResult } from '../../src/commands/commands.js';
import { positionOf } from '../../src/event-store/position.js';
import { cookieName } from '../../src/http/refresh-cookie.js';
import { browserDescribe } from '../support/backends.js';
import { TestBrowser } from '../support/browser.js';
import { fakePair, fakeToken, SID, startFake, USER, type FakeApp } from '../support/fake-http.js';

const NAME = cookieName('https://auth.example.com');
const place = { userId: USER, sid: SID, position: positionOf(1) };

let browser: TestBrowser;
let app: FakeApp;
let context: BrowserContext;
let page: Page;
let presented: string[];
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());
beforeEach(async () => {
  presented = [];
  app = await startFake({
    commands: {
      knownDevice: () => Promise.resolve(null),
      signIn: () => Promise.resolve({ outcome: 'issued', tokens: fakePair({ refreshToken: fakeToken(SID, 7) }), ...place }),
      refresh: ({ refreshToken }) => {
        presented.push(refreshToken);
        const tokens = fakePair({ refreshToken: fakeToken(SID, 8) });
        return Promise.resolve({ outcome: 'rotated', tokens, ...place } satisfies RefreshResult);
      },
      signOut: () => Promise.resolve({ outcome: 'revoked', ...place }),
    },
  });
  writeFileSync(path.join(app.publicFolder, 'index.html'), '<!doctype html><title>page</title>');
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(app.url);
});
afterEach(async () => {
  await context.close();
  await app.close();
});

/** Posts from within the page; resolves to the status. */
function post(to: string, body: object): Promise<number> {
  return page.evaluate(
    async ([url, json]) => {
      const headers = { 'content-type': 'application/json', 'x-requested-with': 'test' };
      const answer = await fetch(url!, { method: 'POST', headers, body: json! });
      return answer.status;
    },
    [`/api/v1/auth/${to}`, JSON.stringify(body)],
  );
}
const signIn = (): Promise<number> => post('login', { email: 'ada@example.com', password: 'x', mode: 'cookie' });
const ours = async (): Promise<string[]> =>
  (await context.cookies(`${app.url}/api/v1/auth/refresh`)).filter(({ name }) => name === NAME).map(({ value }) => value);

browserDescribe('Chromium', (it) => {
  it('takes the cookie from http on a loopback address, sends it back, and drops it at sign-out', async () => {
    expect(await signIn()).toBe(200);
    expect(await ours()).toEqual([fakeToken(SID, 7)]);
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await post('refresh', {})).toBe(200);
    expect([presented, await ours()]).toEqual([[fakeToken(SID, 7)], [fakeToken(SID, 8)]]);
    expect(await post('logout', {})).toBe(204);
    expect(await ours()).toEqual([]);
  });

  it.each(['stale', fakeToken(SID, 3)])('goes on after a reload beside %s, left over at a longer path', async (value) => {
    await signIn();
    const leftOver = { name: NAME, value, domain: '127.0.0.1', path: '/api/v1/auth/refresh', secure: true, httpOnly: true };
    await context.addCookies([leftOver]);
    expect(await ours()).toHaveLength(2);
    for (let time = 0; time < 2; time += 1) {
      await page.reload();
      expect(await post('refresh', {})).toBe(200);
    }
    expect(presented).toEqual([fakeToken(SID, 7), fakeToken(SID, 8)]);
  });
});
