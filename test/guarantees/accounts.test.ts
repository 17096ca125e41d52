/** What must hold of a user's sessions together. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Pair } from '../support/api-client.js';
import { caughtUp, eventsOfUser, eventsOnDevice, typesOnDevice } from '../support/log.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';

const MAX_SESSIONS = 3;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ env: { MAX_SESSIONS_PER_USER: String(MAX_SESSIONS) } });
});
afterAll(() => app.close());

const codeOf = ({ status, body }: Answer<object>): unknown => [status, (body as { code?: string }).code];
const NEW_PASSWORD = 'another long one';

function change(pair: Pair, currentPassword: string): Promise<Answer<Pair>> {
  const body = { current_password: currentPassword, new_password: NEW_PASSWORD };
  return app.api.post<Pair>('password/change', body, { authorization: `Bearer ${pair.access_token}` });
}

describe('G4, T3: a change of password', () => {
  it('lets no token of before go on, the bearer’s own neither, and begins a new family on the bearer’s device', async () => {
    const credentials = freshCredentials();
    // A copy of the bearer's token may be in other hands: it is the same token.
    const bearer = await app.api.signedIn(credentials);
    const other = await app.api.signIn(credentials);
    const { status, body: changed } = await change(bearer, credentials.password);
    expect(status).toBe(200);
    for (const { refresh_token, access_token } of [bearer, other]) {
      expect(codeOf(await app.api.refresh(refresh_token))).toEqual([401, 'token_revoked']);
      expect(codeOf(await app.api.get('me', access_token))).toEqual([401, 'token_revoked']);
      expect(codeOf(await app.api.logoutAll(access_token, true))).toEqual([401, 'token_revoked']);
    }
    expect(changed.device_id).toBe(bearer.device_id);
    expect(changed.session_id).not.toBe(bearer.session_id);
    const refreshed = await app.api.refresh(changed.refresh_token);
    expect(refreshed.status).toBe(200);
    const devices = await app.api.devices(refreshed.body.access_token, refreshed.headers.get('log-position'));
    expect(devices.map(({ session_id }) => session_id)).toEqual([changed.session_id]);
    expect(codeOf(await app.api.login(credentials))).toEqual([401, 'invalid_credentials']);
    expect((await app.api.login({ ...credentials, password: NEW_PASSWORD })).status).toBe(200);
  });

  it('is one append, and the new family is of the epoch of that very revocation', async () => {
    const credentials = freshCredentials();
    const bearer = await app.api.signedIn(credentials);
    const { body: changed } = await change(bearer, credentials.password);
    const events = await eventsOfUser(app.application, changed);
    expect(events.slice(2).map(({ event }) => event.type)).toEqual(['PasswordChanged', 'AllTokensRevoked']);
    expect(await typesOnDevice(app.application, changed)).toEqual(['TokenIssued', 'TokenIssued']);
    const [, issued] = await eventsOnDevice(app.application, changed);
    expect(issued?.event.data.family.epoch).toBe(1);
  });

  it('with a wrong password changes nothing', async () => {
    const credentials = freshCredentials();
    const bearer = await app.api.signedIn(credentials);
    expect(codeOf(await change(bearer, `${credentials.password}!`))).toEqual([401, 'invalid_credentials']);
    expect((await app.api.refresh(bearer.refresh_token)).status).toBe(200);
  });
});

describe('T8: one account', () => {
  it('has so many sessions at most: the ones issued first end', async () => {
    const credentials = freshCredentials();
    const pairs = [await app.api.signedIn(credentials)];
    for (let more = 0; more < MAX_SESSIONS + 1; more += 1) {
      // A sign-in counts what the read model shows.
      await caughtUp(app.application);
      pairs.push(await app.api.signIn(credentials));
    }
    const alive = await Promise.all(pairs.map(async (pair) => (await app.api.refresh(pair.refresh_token)).status === 200));
    expect(alive).toEqual([false, false, true, true, true]);
    const [, revoked] = await eventsOnDevice(app.application, pairs[0]!);
    expect(revoked).toMatchObject({ actor: 'system', event: { data: { reason: 'session_limit' } } });
    expect(await app.api.devices(pairs.at(-1)!.access_token)).toHaveLength(MAX_SESSIONS);
  });
});
