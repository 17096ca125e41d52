/** What must hold when many do things at once, over HTTP, with real concurrency. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { EventStore } from '../../src/event-store/event-store.js';
import type { Pair } from '../support/api-client.js';
import { eventsOfUser, eventsOnDevice, typesOnDevice as typesOf } from '../support/log.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

const typesOnDevice = (pair: Pair): Promise<string[]> => typesOf(app.application, pair);

function claims(token: string): { userId: string; gen: number } {
  const { sub, gen } = decodeJwt<{ sub: string; gen: number }>(token);
  return { userId: sub, gen };
}

const isLive = async (pair: Pair): Promise<boolean> => (await app.api.refresh(pair.refresh_token)).status === 200;

describe('G1: single use', () => {
  it('of 64 refreshes with one token exactly one rotates, the others get that same successor', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const answers = await times(64, () => app.api.refresh(pair.refresh_token));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 64 }, () => 200));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    expect(claims(answers[0]!.body.refresh_token).gen).toBe(1);
    expect(await typesOnDevice(pair)).toEqual(['TokenIssued', 'TokenRotated', 'TokenRedelivered']);
  });
});

describe('registration', () => {
  it('of 20 for one address that begin together one succeeds', async () => {
    const credentials = freshCredentials();
    const statuses = (await times(20, () => app.api.register(credentials))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(19);
    expect((await app.api.login(credentials)).status).toBe(200);
  });

  it('of 20 for one address one succeeds, though the first to claim it stalls', async () => {
    const credentials = freshCredentials();
    const { eventStore } = app.application.stores;
    const append = eventStore.append.bind(eventStore);
    let letGo = (): void => undefined;
    const released = new Promise<void>((resolve) => (letGo = resolve));
    // The others begin once the first one's `UserRegistered` is held back. Were they to begin with it, the one held back might be
    // the last to claim the address, and then none of the others is to succeed.
    const stalled = new Promise<void>((resolve) => {
      let isFirst = true;
      eventStore.append = async (...args: Parameters<EventStore['append']>) => {
        if (args[1][0]?.type === 'UserRegistered' && isFirst) {
          isFirst = false;
          resolve();
          await released;
        }
        return append(...args);
      };
    });
    const first = app.api.register(credentials);
    await stalled;
    const others = (await times(19, () => app.api.register(credentials))).map(({ status }) => status);
    letGo();
    const { status } = await first;
    eventStore.append = append;
    expect(others.filter((other) => other === 201)).toHaveLength(1);
    expect(others.filter((other) => other === 409)).toHaveLength(18);
    expect(status).toBe(409);
    expect((await app.api.login(credentials)).status).toBe(200);
  });
});

describe('G5: one family a device', () => {
  it('of sign-ins that race on one device one family is left', async () => {
    const credentials = freshCredentials();
    const { device_id } = await app.api.signedIn(credentials);
    const pairs = await times(8, () => app.api.signIn(credentials, { device_id }));
    const live = await Promise.all(pairs.map(isLive));
    expect(live.filter(Boolean)).toHaveLength(1);
    const survivor = pairs[live.indexOf(true)]!;
    const devices = await app.api.devices(survivor.access_token);
    expect(devices.map(({ session_id }) => session_id)).toEqual([survivor.session_id]);
  });

  it('logout/all is one event, however many devices there are', async () => {
    const credentials = freshCredentials();
    const first = await app.api.signedIn(credentials);
    const others = await times(9, () => app.api.signIn(credentials));
    const { userId } = claims(first.access_token);
    const before = await app.application.stores.eventStore.readAll({ maxCount: 100_000 });
    expect((await app.api.logoutAll(first.access_token)).status).toBe(204);
    const after = await app.application.stores.eventStore.readAll({ maxCount: 100_000 });
    // The mails of the registration and the sign-ins before may be on their way still.
    const appended = after.slice(before.length).filter(({ type }) => type !== 'MailSent');
    expect(appended.map(({ stream, type }) => [stream, type])).toEqual([
      [`tokenledger_user-${userId}`, 'AllTokensRevoked'],
    ]);
    expect(await Promise.all([first, ...others].map(isLive))).toEqual(Array.from({ length: 10 }, () => false));
  });
});

describe('G4, G6: revoked means revoked', () => {
  it('whatever refreshes and sign-ins race logout/all, nothing that came before its end can be refreshed', async () => {
    for (let round = 0; round < 10; round += 1) {
      const credentials = freshCredentials();
      const pairs = [await app.api.signedIn(credentials), ...(await times(3, () => app.api.signIn(credentials)))];
      const pending = [
        ...pairs.map(({ refresh_token }) => app.api.refresh(refresh_token)),
        ...pairs.slice(0, 2).map(() => app.api.login(credentials)),
      ];
      const ended = await app.api.logoutAll(pairs[3]!.access_token);
      const raced = (await Promise.all(pending)).filter(({ status }) => status === 200).map(({ body }) => body);
      expect(ended.status).toBe(204);
      const user = await eventsOfUser(app.application, pairs[0]!);
      const revokedAt = user.at(-1)!.position;
      for (const pair of [...pairs, ...raced]) {
        const issued = await issuePosition(pair);
        // A sign-in whose password was checked after the revocation is the user's again.
        if (issued > revokedAt && (await epochOf(pair)) === 1) continue;
        expect(await isLive(pair)).toBe(false);
      }
      const again = await app.api.login(credentials);
      const shown = await app.api.devices(again.body.access_token, again.headers.get('log-position'));
      for (const { session_id } of shown) {
        const shownPair = [again.body, ...raced].find((pair) => pair.session_id === session_id);
        expect(shownPair).toBeDefined();
        expect(await epochOf(shownPair!)).toBe(1);
      }
    }
  });

  it('after a logout was answered no refresh of that family succeeds, and it can be ended only once', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const answers = await times(8, () => app.api.logout(pair.refresh_token));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 204));
    expect((await app.api.refresh(pair.refresh_token)).body.code).toBe('token_revoked');
    expect(await typesOnDevice(pair)).toEqual(['TokenIssued', 'TokenRevoked']);
  });
});

describe('keep_current', () => {
  it('spares one family three times over, and of two that spare themselves at once one is left', async () => {
    const credentials = freshCredentials();
    const first = await app.api.signedIn(credentials);
    for (let time = 0; time < 3; time += 1) {
      const other = await app.api.signIn(credentials);
      expect((await app.api.logoutAll(first.access_token, true)).status).toBe(204);
      expect(await isLive(other)).toBe(false);
    }
    const second = await app.api.signIn(credentials);
    const answers = await Promise.all([first, second].map((pair) => app.api.logoutAll(pair.access_token, true)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    const live = await Promise.all([first, second].map(isLive));
    expect(live).toEqual(answers.map(({ status }) => status === 204));
  });
});

async function issuePosition(pair: Pair): Promise<string> {
  const events = await eventsOnDevice(app.application, pair);
  return events.find(({ event }) => event.data.family.sid === pair.session_id)!.position;
}

async function epochOf(pair: Pair): Promise<number> {
  const events = await eventsOnDevice(app.application, pair);
  return events.findLast(({ event }) => event.data.family.sid === pair.session_id)!.event.data.family.epoch;
}
