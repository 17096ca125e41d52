/** What must hold as time goes by, by an injected clock: no test waits for it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pair } from '../support/api-client.js';
import { caughtUp, typesOnDevice as typesOf } from '../support/log.js';
import { rebuilt } from '../support/differences.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

let app: RunningApp;
let now: number;
beforeEach(async () => {
  now = Date.parse('2026-01-01T00:00:00.000Z');
  app = await startApp({ now: () => now });
});
afterEach(() => app.close());

const typesOnDevice = (pair: Pair): Promise<string[]> => typesOf(app.application, pair);

describe('G11: expiry', () => {
  it('holds at its instant, whether or not a sweep has run', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    now += 7 * DAY - 1;
    const { body: used } = await app.api.refresh(pair.refresh_token);
    expect(used.refresh_expires_in).toBe((7 * DAY) / SECOND);
    now += 7 * DAY;
    const answer = await app.api.refresh(used.refresh_token);
    expect([answer.status, answer.body.code]).toEqual([401, 'token_expired']);
    expect(await typesOnDevice(pair)).toEqual(['TokenIssued', 'TokenRotated']);
  });

  it('is in the log exactly once, however many sweeps run at once, and then in no list', async () => {
    const credentials = freshCredentials();
    const left = await app.api.signedIn(credentials);
    now += 6 * DAY;
    const login = await app.api.login(credentials);
    await caughtUp(app.application);
    now += 2 * DAY;
    expect(await app.api.devices(login.body.access_token).catch((error: unknown) => String(error))).toContain('401');
    const { body: fresh } = await app.api.refresh(login.body.refresh_token);
    expect((await app.api.devices(fresh.access_token)).map(({ session_id }) => session_id)).toEqual([fresh.session_id]);
    const { scheduler } = app.application.processing;
    await Promise.all([scheduler.run(), scheduler.run(), scheduler.run()]);
    await scheduler.run();
    expect(await typesOnDevice(left)).toEqual(['TokenIssued', 'TokenExpired']);
    expect((await app.api.refresh(left.refresh_token)).body.code).toBe('token_expired');
  });

  it('is in the log also if all tokens were revoked before a sweep came, and then not of those that lived until then', async () => {
    const credentials = freshCredentials();
    const left = await app.api.signedIn(credentials);
    now += DAY;
    const other = await app.api.signIn(credentials);
    now += 6 * DAY;
    const { body: used } = await app.api.refresh(other.refresh_token);
    const authorization = `Bearer ${used.access_token}`;
    const all = await app.api.post('logout/all', { password: credentials.password }, { authorization });
    expect(all.status).toBe(204);
    for (let day = 0; day < 9; day += 1) {
      await caughtUp(app.application);
      await app.application.processing.scheduler.run();
      now += DAY;
    }
    expect(await typesOnDevice(left)).toEqual(['TokenIssued', 'TokenExpired']);
    expect(await typesOnDevice(other)).toEqual(['TokenIssued', 'TokenRotated']);
  });

  it('a rotation that races a sweep wins', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    now += 7 * DAY - 1;
    const [refreshed] = await Promise.all([
      app.api.refresh(pair.refresh_token),
      app.application.processing.scheduler.run(),
    ]);
    expect(refreshed.status).toBe(200);
    now += 1;
    await app.application.processing.scheduler.run();
    expect(await typesOnDevice(pair)).toEqual(['TokenIssued', 'TokenRotated']);
  });

  it('sessions that ended leave the read model after retention, and a rebuild agrees', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    await app.api.logout(pair.refresh_token);
    await caughtUp(app.application);
    now += 30 * DAY - 1;
    await app.application.processing.scheduler.run();
    expect(await app.application.stores.readModel.session(pair.session_id)).toMatchObject({ status: 'revoked' });
    now += 1;
    await app.application.processing.scheduler.run();
    expect(await app.application.stores.readModel.session(pair.session_id)).toBeNull();
    const later = await app.api.signIn(credentials);
    await caughtUp(app.application);
    const { differences, documents } = await rebuilt(app.application, { retentionMs: 30 * DAY, now: () => now });
    expect(differences).toEqual([]);
    // The account and the session of now, or nothing was compared; what had ended is not back.
    expect(documents).toBeGreaterThanOrEqual(2);
    const { readModel } = app.application.stores;
    expect(await readModel.session(later.session_id)).toMatchObject({ status: 'active' });
    expect(await readModel.session(pair.session_id)).toBeNull();
  });

  it('S8: a session that retention removes while a rebuild goes on is no difference', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    await app.api.logout(pair.refresh_token);
    await caughtUp(app.application);
    now += 30 * DAY - 1;
    const { stores, processing } = app.application;
    const beginRebuild = stores.readModel.beginRebuild.bind(stores.readModel);
    stores.readModel.beginRebuild = async () => {
      const building = await beginRebuild();
      now += 1;
      await processing.scheduler.run();
      return building;
    };
    const { differences } = await rebuilt(app.application, { retentionMs: 30 * DAY, now: () => now });
    expect(await stores.readModel.session(pair.session_id)).toBeNull();
    expect(differences).toEqual([]);
  });
});

describe('T5, G11: a clock that steps back', () => {
  it('opens no window: a token past grace is not redelivered, and a session that was ended stays so', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const other = await app.api.signedIn(freshCredentials());
    const { body: next } = await app.api.refresh(pair.refresh_token);
    await app.api.logout(other.refresh_token);
    now -= 3_600 * SECOND;
    expect((await app.api.refresh(other.refresh_token)).body.code).toBe('token_revoked');
    expect((await app.api.refresh(pair.refresh_token)).body.code).toBe('token_reused');
    expect((await app.api.refresh(next.refresh_token)).body.code).toBe('token_revoked');
  });

  it('does not revive a session that was signed out while the clock was ahead of its expiry', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    now += 8 * DAY;
    expect((await app.api.logout(pair.refresh_token)).status).toBe(204);
    now -= 8 * DAY;
    expect((await app.api.refresh(pair.refresh_token)).body.code).toBe('token_expired');
    expect(await typesOnDevice(pair)).toEqual(['TokenIssued', 'TokenExpired']);
  });

  it('costs the holder of the present token nothing', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    now -= 3_600 * SECOND;
    const { status, body } = await app.api.refresh(pair.refresh_token);
    expect(status).toBe(200);
    expect((await app.api.get('me', body.access_token)).status).toBe(200);
  });
});

describe('T4, T9: nested lifetimes', () => {
  it('an access token is valid no longer than its session, of which the pair says the same', async () => {
    // 17.28 seconds.
    const env = { SESSION_MAX_DAYS: '0.0002', REFRESH_TOKEN_EXPIRE_DAYS: '0.0002' };
    const short = await startApp({ now: () => now, env });
    const pair = await short.api.signedIn(freshCredentials());
    expect([pair.expires_in, pair.refresh_expires_in]).toEqual([17, 17]);
    now += 10 * SECOND;
    const { body: next } = await short.api.refresh(pair.refresh_token);
    expect([next.expires_in, next.refresh_expires_in]).toEqual([7, 7]);
    now += 7_280;
    expect((await short.api.get('me', next.access_token)).status).toBe(401);
    expect((await short.api.refresh(next.refresh_token)).body.code).toBe('token_expired');
    await short.close();
  });

  it.each([0, 1, 999])('no pair promises more than there is, issued %i ms after a whole second', async (ms) => {
    const env = { SESSION_MAX_DAYS: '0.0002', REFRESH_TOKEN_EXPIRE_DAYS: '0.0001' };
    const short = await startApp({ now: () => now, env });
    now += ms;
    const pair = await short.api.signedIn(freshCredentials());
    // 8.64 seconds.
    expect(pair.refresh_expires_in).toBe(8);
    const { exp } = JSON.parse(Buffer.from(pair.access_token.split('.')[1]!, 'base64url').toString()) as { exp: number };
    expect(now + pair.expires_in * SECOND).toBeLessThanOrEqual(exp * SECOND);
    expect(exp * SECOND).toBeLessThanOrEqual(now + 8_640);
    now += pair.expires_in * SECOND - 1;
    expect((await short.api.get('me', pair.access_token)).status).toBe(200);
    now += (pair.refresh_expires_in - pair.expires_in) * SECOND;
    expect((await short.api.refresh(pair.refresh_token)).status).toBe(200);
    await short.close();
  });

  it('a shorter SESSION_MAX_DAYS holds for sessions that run, from their next rotation on', async () => {
    const folder = temporaryFolder();
    const first = await startApp({ now: () => now, folder: folder.path });
    const [pair, old] = [await first.api.signedIn(freshCredentials()), await first.api.signedIn(freshCredentials())];
    await first.close();
    const env = { SESSION_MAX_DAYS: '2', REFRESH_TOKEN_EXPIRE_DAYS: '1' };
    const second = await startApp({ now: () => now, folder: folder.path, env });
    now += 1.5 * DAY;
    const { body: next } = await second.api.refresh(pair.refresh_token);
    expect(next.refresh_expires_in).toBe((0.5 * DAY) / SECOND);
    now += 0.5 * DAY;
    expect((await second.api.refresh(next.refresh_token)).body.code).toBe('token_expired');
    expect((await second.api.refresh(old.refresh_token)).body.code).toBe('token_expired');
    await second.close();
    folder.remove();
  });
});

describe('what a token pair says of its times', () => {
  it('is what was configured, though the clock ticks while it is made', async () => {
    const ticking = await startApp({ now: () => (now += 3) });
    const pair = await ticking.api.signedIn(freshCredentials());
    await ticking.close();
    expect([pair.expires_in, pair.refresh_expires_in]).toEqual([1_800, 604_800]);
  });
});

describe('the access token', () => {
  it('expires by its own claims', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    expect(pair.expires_in).toBe(1_800);
    now += 1_800 * SECOND;
    const answer = await app.api.get('me', pair.access_token);
    expect([answer.status, answer.body.code]).toEqual([401, 'token_expired']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });
});
