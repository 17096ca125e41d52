/** What must hold when an answer is lost and when two hold a token, by an injected clock: no test waits for it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pair } from '../support/api-client.js';
import { caughtUp, eventsOnDevice, typesOnDevice as typesOf } from '../support/log.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';

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

/** A refresh by a program of that name. */
const refreshAs = (agent: string, token: string, key?: string): ReturnType<typeof app.api.refresh> =>
  app.api.post(
    'refresh',
    { refresh_token: token },
    { 'user-agent': agent, ...(key === undefined ? {} : { 'idempotency-key': key }) },
  );

describe('G2, T2: a retry by its attempt key', () => {
  it('gets the very same refresh token however late and from wherever it comes, as long as that was not used', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const lost = await refreshAs('one', pair.refresh_token, 'attempt-of-one');
    now += DAY;
    const retried = await refreshAs('elsewhere', pair.refresh_token, 'attempt-of-one');
    expect([retried.status, retried.body.refresh_token]).toEqual([200, lost.body.refresh_token]);
    expect(await typesOnDevice(pair)).toEqual(['TokenIssued', 'TokenRotated', 'TokenRedelivered']);
    expect((await refreshAs('one', lost.body.refresh_token, 'next-attempt')).status).toBe(200);
    const late = await refreshAs('one', pair.refresh_token, 'attempt-of-one');
    expect([late.status, late.body.code]).toEqual([401, 'token_reused']);
  });
});

describe('G3, T1: two holders in step', () => {
  it('are seen at the second generation that both present, though each comes within grace', async () => {
    const credentials = freshCredentials();
    const shared = await app.api.signedIn(credentials);
    const owner = await refreshAs('owner', shared.refresh_token);
    const thief = await refreshAs('thief', shared.refresh_token);
    expect([thief.status, thief.body.refresh_token]).toEqual([200, owner.body.refresh_token]);
    await caughtUp(app.application);
    expect(await app.api.devices(owner.body.access_token)).toMatchObject([{ contested: true }]);
    const next = await refreshAs('owner', owner.body.refresh_token);
    const seen = await refreshAs('thief', owner.body.refresh_token);
    expect([seen.status, seen.body.code]).toEqual([401, 'token_reused']);
    expect((await refreshAs('owner', next.body.refresh_token)).body.code).toBe('token_revoked');
    expect(await typesOnDevice(shared)).toEqual([
      'TokenIssued',
      'TokenRotated',
      'TokenRedelivered',
      'TokenRotated',
      'TokenReuseDetected',
      'TokenRevoked',
    ]);
    const events = await eventsOnDevice(app.application, shared);
    expect(events.map(({ event }) => 'contested' in event.data && event.data.contested)).toEqual([
      ...[false, false, true, false, false, false],
    ]);
    // Who presented the token is not known to be the user.
    expect(events.map(({ actor }) => actor)).toEqual(['user', 'user', 'user', 'user', 'system', 'system']);
  });

  it('are contested once in ten generations at most, however they take turns and whatever keys they send', async () => {
    for (const keys of [false, true]) {
      const shared = await app.api.signedIn(freshCredentials());
      let token = shared.refresh_token;
      let contested = 0;
      for (let generation = 0; generation < 10; generation += 1) {
        const key = (holder: string): string | undefined => (keys ? `${holder}-${generation}` : undefined);
        const one = await refreshAs('owner', token, key('owner'));
        const other = await refreshAs(keys ? 'owner' : 'thief', token, key('thief'));
        if (other.status === 401) break;
        contested += 1;
        expect(other.body.refresh_token).toBe(one.body.refresh_token);
        token = one.body.refresh_token;
      }
      expect(contested).toBe(1);
    }
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
