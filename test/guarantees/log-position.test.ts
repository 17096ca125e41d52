import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { readKeyFile } from '../../src/security/key-file.js';
import { Keyring } from '../../src/security/keyring.js';
import { LogPositionCodec } from '../../src/security/log-position-codec.js';
import type { Answer } from '../support/api-client.js';
import { caughtUp } from '../support/log.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';

/** What a query waits for what is not shown: long enough to show whether it waited. */
const LONG_MS = 30_000;
const SHORT_MS = 1_500;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ waits: { namedMs: LONG_MS, unaskedMs: LONG_MS } });
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
      expect(performance.now() - begin).toBeLessThan(LONG_MS);
    } finally {
      app.application.processing.projector.start();
    }
  });

  it('says so when it could not wait long enough, and neither store counts as down', async () => {
    const impatient = await startApp({ waits: { namedMs: SHORT_MS, unaskedMs: SHORT_MS } });
    const { application, api, operations } = impatient;
    try {
      const first = await api.signedIn(freshCredentials());
      await caughtUp(application);
      await application.processing.projector.stop();
      const { headers, body } = await api.refresh(first.refresh_token);
      const position = headers.get('log-position')!;
      const begin = performance.now();
      const answer = await api.get('devices', body.access_token, { 'if-log-position': position });
      // A timer may fire a moment before its time.
      expect(performance.now() - begin).toBeGreaterThan(SHORT_MS - 100);
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([503, 'not_yet_visible', '1']);
      expect((await operations.request('/readyz')).body).toMatchObject({ event_store: 'up', read_model: 'up' });
      application.processing.projector.start();
      expect(await api.devices(body.access_token, position)).toMatchObject([{ generation: 1 }]);
    } finally {
      await impatient.close();
    }
  });

  it('a bearer names and ends the own session though nothing is shown, and of another it is said that it may come', async () => {
    const behind = await startApp({ env: { ROLES: 'http' }, waits: { namedMs: SHORT_MS, unaskedMs: 50 } });
    const { api } = behind;
    const code = ({ status, body }: Answer): [number, unknown] => [status, body.code];
    try {
      const credentials = freshCredentials();
      const other = await api.signedIn(credentials);
      const { access_token: token, session_id: sid } = await api.signIn(credentials);
      expect(code(await api.get('me', token))).toEqual([503, 'not_yet_visible']);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const rename = { method: 'PATCH', headers, body: '{"device_name":"Work"}' };
      expect((await api.request(`/api/v1/auth/devices/${sid}`, rename)).status).toBe(204);
      const events = await api.get<{ events: { type: string }[] }>(`devices/${sid}/events`, token);
      expect(events.body.events.map(({ type }) => type)).toEqual(['DeviceRenamed', 'TokenIssued']);
      const refused = await api.remove(other.session_id, token);
      expect([...code(refused), refused.headers.get('retry-after')]).toEqual([503, 'not_yet_visible', '1']);
      expect((await api.remove(sid, token)).status).toBe(204);
      expect(code(await api.get('me', token))).toEqual([401, 'token_revoked']);
    } finally {
      await behind.close();
    }
  });

  it('T11: a device list shows the session that asks, though it is spared and used between the reads', async () => {
    const { stores } = app.application;
    for (const method of ['activeSessionsOf', 'account'] as const) {
      const first = await app.api.signedIn(freshCredentials());
      await caughtUp(app.application);
      const original = stores.readModel[method].bind(stores.readModel) as (...args: unknown[]) => Promise<unknown>;
      let isBetween = true;
      const tearing = async (...args: unknown[]): Promise<unknown> => {
        if (isBetween) {
          isBetween = false;
          expect((await app.api.logoutAll(first.access_token, true)).status).toBe(204);
          expect((await app.api.refresh(first.refresh_token)).status).toBe(200);
          await caughtUp(app.application);
        }
        return original(...args);
      };
      Object.defineProperty(stores.readModel, method, { value: tearing, configurable: true });
      try {
        const devices = await app.api.devices(first.access_token);
        expect(isBetween).toBe(false);
        expect(devices.map(({ session_id, current }) => [session_id, current])).toEqual([[first.session_id, true]]);
      } finally {
        Reflect.deleteProperty(stores.readModel, method);
      }
    }
  });

  it('one that was never given is 400 at once: a plain number, another installation’s, one that was changed', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(freshCredentials());
    const given = (await app.api.register(credentials)).headers.get('log-position')!;
    const other = await startApp();
    const foreign = (await other.api.register(credentials)).headers.get('log-position')!;
    await other.close();
    const changed = `${given.startsWith('A') ? 'B' : 'A'}${given.slice(1)}`;
    const plain = [
      'x',
      '1',
      '-1',
      '9'.repeat(20),
      `${'1'.repeat(20)}/`,
      '1'.repeat(21),
      `${'1'.repeat(20)}/${'1'.repeat(20)}`,
    ];
    const begin = performance.now();
    for (const position of [...plain, foreign, changed, given.slice(1), `${given}A`, `${given},x`]) {
      const answer = await app.api.get('me', pair.access_token, { 'if-log-position': position });
      expect([position, answer.status, answer.body.code]).toEqual([position, 400, 'invalid_log_position']);
    }
    // All of them take less than one that waits.
    expect(performance.now() - begin).toBeLessThan(LONG_MS);
    expect((await app.api.get('me', pair.access_token, { 'if-log-position': `${given}, ${given}` })).status).toBe(200);
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
    const answers = [registered, login, refreshed, loggedOut, again, all, refused];
    const given = answers.map(({ headers }) => headers.get('log-position'));
    expect(given).not.toContain(null);
    expect(refused.status).toBe(401);
    // They are opaque: nobody can see that one is later than another, or how much lies between them.
    const bearer = await app.api.signIn(credentials);
    for (const position of given)
      expect((await app.api.get('me', bearer.access_token, { 'if-log-position': position! })).status).toBe(200);
    const keyring = Keyring.from(await readKeyFile(path.join(app.folder, 'keys.json')));
    const codec = new LogPositionCodec(() => keyring.position);
    const positions = given.map((position) => codec.decode(position!));
    expect(positions).not.toContain(null);
    const ofMutations = positions.slice(0, -1);
    expect(ofMutations).toEqual([...ofMutations].sort());
    expect(new Set(ofMutations).size).toBe(ofMutations.length);
    expect(positions.at(-1)).toBe(positions[3]);
  });
});
