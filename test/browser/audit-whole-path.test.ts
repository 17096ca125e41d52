/** The page for auditors over the real server: from a theft that happens there to the state before and after it, and the note. */
import { expect } from '@jest/globals';
import { isSignedBy, parseNote } from '../../src/audit/note.js';
import { parseVerifierKey } from '../../src/audit/verifier-key.js';
import { operate } from '../../src/operator/operations.js';
import type { Credentials, Pair } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { AGENTS, HOUR_MS } from '../support/page-scenes.js';
import { pageSuite, type PageSuite } from '../support/page-suite.js';
import { freshCredentials } from '../support/running-app.js';

const OWNER = { 'user-agent': AGENTS.firefox };
const OTHER = { 'user-agent': AGENTS.script };

/** Somebody with two devices whose first token of one is shown again, ten hours after the sign-in; when that was. */
async function robbed(suite: PageSuite): Promise<Credentials & { readonly seenAt: number }> {
  const { api } = suite.app;
  const credentials = freshCredentials();
  await api.register(credentials);
  const login = (name: string): Promise<{ body: Pair }> =>
    api.post<Pair>('login', { ...credentials, device_name: name }, OWNER);
  const refresh = (token: string, headers: Record<string, string> = OWNER): Promise<{ status: number; body: Pair }> =>
    api.post<Pair>('refresh', { refresh_token: token }, headers);
  const first = (await login('Laptop')).body.refresh_token;
  await login('Phone');
  let held = first;
  for (let hours = 0; hours < 9; hours += 1) {
    suite.skewMs += HOUR_MS;
    held = (await refresh(held)).body.refresh_token;
  }
  suite.skewMs += HOUR_MS;
  const seenAt = Date.now() + suite.skewMs;
  expect((await refresh(first, OTHER)).status).toBe(401);
  suite.skewMs += HOUR_MS;
  return { ...credentials, seenAt };
}

pageSuite(
  'an auditor, over the real server',
  (suite, it) => {
    it('signs in, finds somebody who was robbed, drags to before and after, and keeps the note', async () => {
      const victim = await robbed(suite);
      const auditor = freshCredentials();
      await suite.app.api.register(auditor);
      const { operator } = suite.app.application;
      await operate(operator, 'users.grant', { user: auditor.email, operator: 'test', role: 'auditor' });
      suite.page = await suite.open(`${suite.app.url}/audit`);
      const { page } = suite;
      await suite.enter(auditor);
      await page.press('#password', 'Enter');
      await page.waitForSelector('#audit:not([hidden])');
      await page.fill('#find-user', victim.email.toUpperCase());
      await page.press('#find-user', 'Enter');
      await page.getByRole('heading', { name: victim.email }).waitFor();
      await page.waitForSelector('#reading', { state: 'hidden' });
      await page.waitForSelector('#state-summary:not(:empty)');

      expect(await page.locator('.lane:not(.account) .name').allTextContents()).toEqual(['Laptop', 'Phone']);
      expect(await page.locator('.lane .facts').allTextContents()).toEqual([
        '',
        '9 renewals · old key shown',
        '0 renewals · goes on',
      ]);
      await page.getByText('This session was held by two. Take it for stolen.').waitFor();
      expect(await page.locator('.holders .client').allTextContents()).toEqual([
        'Firefox on Windows, from 127.0.0.1',
        'python-requests, from 127.0.0.1',
      ]);

      await page.locator('#chart').scrollIntoViewIfNeeded();
      const slider = page.getByRole('slider', { name: 'Time of the state' });
      const track = (await page.locator('.axis .track').boundingBox())!;
      const lane = (await page.locator('.lane').nth(1).boundingBox())!;
      const bound = async (name: string): Promise<number> => Number(await slider.getAttribute(`aria-value${name}`)) * 1_000;
      const [from, to] = [await bound('min'), await bound('max')];
      const drag = async (at: number): Promise<void> => {
        await page.mouse.move(track.x + track.width / 2, lane.y + 10);
        await page.mouse.down();
        await page.mouse.move(track.x + ((at - from) / (to - from)) * track.width, lane.y + 10, { steps: 4 });
        await page.mouse.up();
      };
      const devices = page.locator('#state-devices h4');
      await drag(victim.seenAt - HOUR_MS / 2);
      await page.getByText('The account was active; 2 devices were signed in.').waitFor();
      expect(await devices.allTextContents()).toEqual(['Laptop', 'Phone']);
      expect(await page.locator('#state-devices li').first().innerText()).toContain('renewal 9');
      await drag(victim.seenAt + HOUR_MS / 2);
      await page.getByText('The account was active; 1 device was signed in.').waitFor();
      expect(await devices.allTextContents()).toEqual(['Phone']);

      const types = await page
        .locator('#events > li')
        .evaluateAll((rows) => rows.map((row) => (row as unknown as { className: string }).className));
      expect(types.map((name) => name.split(' ')[0])).toEqual(['note', 'note', 'begin', 'begin', 'use', 'theft', 'end']);
      await page.reload();
      await eventually('there is a note', async () => {
        if ((await page.locator('#note').textContent())!.startsWith('127.0.0.1')) return true;
        await page.reload();
        await page.locator('#note:not(:empty)').waitFor();
        return false;
      });
      const verifier = parseVerifierKey((await page.locator('#key').textContent())!)!;
      expect(isSignedBy(parseNote((await page.locator('#note').textContent())!), verifier)).toBe(true);
      expect(suite.said.filter((line) => !line.includes('404'))).toEqual([]);
    });

    it('is refused without the role, kindly', async () => {
      const somebody = freshCredentials();
      await suite.app.api.register(somebody);
      suite.page = await suite.open(`${suite.app.url}/audit`);
      await suite.enter(somebody);
      await suite.page.press('#password', 'Enter');
      await suite.page.getByRole('heading', { name: 'This page is for auditors' }).waitFor();
    });
  },
  { env: { SEAL_EVERY_SECONDS: '1' } },
);
