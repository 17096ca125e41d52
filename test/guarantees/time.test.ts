/** What must hold as time goes by, told by an injected clock: no test waits for it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pair } from '../support/api-client.js';
import { caughtUp, typesOnDevice as typesOf } from '../support/log.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

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

describe('G2: a lost response costs nothing', () => {
  it('a retry within grace gets the very same refresh token, after it nothing but an end', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    now += DAY;
    const lost = await app.api.refresh(pair.refresh_token);
    now += 29 * SECOND;
    const retried = await app.api.refresh(pair.refresh_token);
    expect(retried.body.refresh_token).toBe(lost.body.refresh_token);
    expect((await app.api.refresh(retried.body.refresh_token)).status).toBe(200);
  });
});

describe('G3: theft is seen', () => {
  it('an old token ends the family for both holders, and says so in log, answer and history', async () => {
    const credentials = freshCredentials();
    const stolen = await app.api.signedIn(credentials);
    const { body: honest } = await app.api.refresh(stolen.refresh_token);
    now += 30 * SECOND;
    const thief = await app.api.refresh(stolen.refresh_token);
    expect(thief.status).toBe(401);
    expect(thief.body.code).toBe('token_reused');
    const victim = await app.api.refresh(honest.refresh_token);
    expect(victim.body.code).toBe('token_revoked');
    expect((await app.api.get('me', honest.access_token)).body).toMatchObject({ code: 'token_revoked' });
    expect(await typesOnDevice(stolen)).toEqual(['TokenIssued', 'TokenRotated', 'TokenReuseDetected', 'TokenRevoked']);

    const again = await app.api.signIn(credentials, { device_id: stolen.device_id });
    await caughtUp(app.application);
    const history = await app.api.get<{ events: { type: string }[]; next: unknown }>(
      `devices/${stolen.session_id}/events`,
      again.access_token,
    );
    expect(history.body.events.map(({ type }) => type)).toEqual([
      'TokenIssued',
      'TokenRevoked',
      'TokenReuseDetected',
      'TokenRotated',
      'TokenIssued',
    ]);
    expect(history.body.next).toBeNull();
  });
});

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
    expect((await app.api.logoutAll(used.access_token)).status).toBe(204);
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
    const pair = await app.api.signedIn(freshCredentials());
    await app.api.logout(pair.refresh_token);
    await caughtUp(app.application);
    now += 30 * DAY - 1;
    await app.application.processing.scheduler.run();
    expect(await app.application.stores.readModel.session(pair.session_id)).toMatchObject({ status: 'revoked' });
    now += 1;
    await app.application.processing.scheduler.run();
    expect(await app.application.stores.readModel.session(pair.session_id)).toBeNull();
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
