import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pair } from '../support/api-client.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
let pair: Pair;
beforeAll(async () => {
  app = await startApp();
  pair = await app.api.signedIn(freshCredentials());
});
afterAll(() => app.close());

describe('G12: read your writes', () => {
  it('a query that names the position of a mutation shows it, every time', async () => {
    const credentials = freshCredentials();
    const first = await app.api.signedIn(credentials);
    for (let round = 0; round < 30; round += 1) {
      const login = await app.api.login(credentials);
      const shown = await app.api.devices(first.access_token, login.headers.get('log-position'));
      expect(shown.map(({ session_id }) => session_id)).toContain(login.body.session_id);
      const removed = await app.api.remove(login.body.session_id, first.access_token);
      const left = await app.api.devices(first.access_token, removed.headers.get('log-position'));
      expect(left.map(({ session_id }) => session_id)).toEqual([first.session_id]);
    }
  });

  it('shows also without a position what this instance has answered before, here a sign-in on another device', async () => {
    const credentials = freshCredentials();
    const first = await app.api.signedIn(credentials);
    for (let round = 0; round < 30; round += 1) {
      const second = await app.api.signIn(credentials);
      const shown = await app.api.devices(first.access_token);
      expect(shown.map(({ session_id }) => session_id)).toContain(second.session_id);
      const third = await app.api.signIn(credentials);
      for (const { session_id } of [second, third])
        expect((await app.api.remove(session_id, first.access_token)).status).toBe(204);
    }
  });

  it('waits for nothing that nobody asked for while other sessions of the user are only refreshed', async () => {
    const credentials = freshCredentials();
    const first = await app.api.signedIn(credentials);
    const second = await app.api.signIn(credentials);
    expect(await app.api.devices(first.access_token)).toHaveLength(2);
    await app.application.processing.projector.stop();
    try {
      await app.api.refresh(second.refresh_token);
      const begin = performance.now();
      expect((await app.api.get('me', first.access_token)).status).toBe(200);
      expect(performance.now() - begin).toBeLessThan(200);
    } finally {
      app.application.processing.projector.start();
    }
  });

  it('says so when it could not wait long enough', async () => {
    const ahead = '9'.repeat(20);
    const begin = performance.now();
    const answer = await app.api.get('devices', pair.access_token, { 'if-log-position': ahead });
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([503, 'not_yet_visible', '1']);
  });

  it.each(['x', '1', '-1', `${'1'.repeat(20)}/`, '1'.repeat(21)])('refuses %s as a position', async (position) => {
    const answer = await app.api.get('me', pair.access_token, { 'if-log-position': position });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_log_position']);
  });

  it('every mutation answers with a position, also one that is refused by what the log says', async () => {
    const credentials = freshCredentials();
    const registered = await app.api.register(credentials);
    const login = await app.api.login(credentials);
    const refreshed = await app.api.refresh(login.body.refresh_token);
    const loggedOut = await app.api.logout(refreshed.body.refresh_token);
    const refused = await app.api.refresh(refreshed.body.refresh_token);
    const again = await app.api.login(credentials);
    const all = await app.api.logoutAll(again.body.access_token);
    const positions = [registered, login, refreshed, loggedOut, again, all].map(({ headers }) =>
      headers.get('log-position'),
    );
    expect(positions).toEqual([...positions].sort());
    expect(new Set(positions).size).toBe(positions.length);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('log-position')).toBe(loggedOut.headers.get('log-position'));
  });
});
