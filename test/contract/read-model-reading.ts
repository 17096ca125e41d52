import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { positionOf } from '../../src/event-store/position.js';
import type { SessionDocument } from '../../src/read-model/documents.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import {
  anAccount,
  aSession,
  aStream,
  DAY_MS,
  placedAccount,
  placedSession,
  placedStream,
  put,
  T0,
} from '../support/documents.js';

/** What the contract of the read model says of reading. */
export function readModelReading(readModel: () => ReadModel): void {
  describe('a user’s sessions', () => {
    const userId = randomUUID();
    const used = (day: number, change: Partial<SessionDocument> = {}): SessionDocument =>
      aSession(day, { userId, lastUsedAt: T0 + day * DAY_MS, endsAt: T0 + day * DAY_MS, ...change });
    const ids = (sessions: readonly SessionDocument[]): string[] => sessions.map(({ id }) => id);

    it('that are active by their own stream come newest use first', async () => {
      const [one, two, three] = [used(1), used(3), used(2)];
      const others = [used(4, { status: 'revoked' }), used(5, { status: 'expired' }), aSession(6)];
      await put(readModel(), 9, ...[one, two, three, ...others].map(placedSession));
      expect(await readModel().activeSessionsOf(userId)).toEqual([two, three, one]);
      await put(readModel(), 10, placedSession({ ...two, status: 'revoked', position: positionOf(10) }));
      expect(await readModel().activeSessionsOf(userId)).toEqual([three, one]);
      expect(await readModel().countActiveSessionsOf(userId, 10)).toBe(2);
    });

    it('are counted up to a number', async () => {
      await put(readModel(), 9, ...[used(1), used(2), used(3), used(4, { status: 'revoked' })].map(placedSession));
      const counts = [1, 2, 3, 100].map((upTo) => readModel().countActiveSessionsOf(userId, upTo));
      expect(await Promise.all(counts)).toEqual([1, 2, 3, 3]);
      expect(await readModel().countActiveSessionsOf(randomUUID(), 100)).toBe(0);
    });

    it('come in pages, also those that were used at one instant', async () => {
      const sessions = [used(2), used(2), used(2), used(1), used(3), used(2)];
      await put(readModel(), 9, ...sessions.map(placedSession), placedSession(used(2, { status: 'revoked' })));
      const all = ids(await readModel().activeSessionsOf(userId));
      const paged: string[] = [];
      for (let after: SessionDocument | undefined; ;) {
        const page = await readModel().activeSessionsOf(userId, { limit: 2, ...(after === undefined ? {} : { after }) });
        paged.push(...ids(page));
        after = page.at(-1);
        if (page.length < 2) break;
      }
      expect(paged).toEqual(all);
      expect([...paged].sort()).toEqual(ids(sessions).sort());
    });

    it('that have ended come last ended first, so many', async () => {
      const [one, two, three] = [
        used(1, { status: 'revoked' }),
        used(3, { status: 'expired' }),
        used(2, { status: 'revoked' }),
      ];
      await put(readModel(), 9, ...[one, two, three, used(5), aSession(6, { status: 'revoked' })].map(placedSession));
      expect(await readModel().endedSessionsOf(userId, 10)).toEqual([two, three, one]);
      expect(await readModel().endedSessionsOf(userId, 2)).toEqual([two, three]);
    });
  });

  describe('accounts', () => {
    it('are found by the key of their address, as long as they have it', async () => {
      const [one, other, erased] = [anAccount(1), anAccount(1), anAccount(1, { emailKey: null })];
      await put(readModel(), 1, ...[one, other, erased].map(placedAccount));
      expect(await readModel().accountByEmailKey(one.emailKey!)).toEqual(one);
      expect(await readModel().accountByEmailKey(randomUUID())).toBeNull();
      await put(readModel(), 2, placedAccount({ ...one, emailKey: null, position: positionOf(2) }));
      expect(await readModel().accountByEmailKey(one.emailKey!)).toBeNull();
    });

    it('come in the order of their ids', async () => {
      const accounts = Array.from({ length: 5 }, () => anAccount(1)).sort((a, b) => (a.id < b.id ? -1 : 1));
      await put(readModel(), 1, ...accounts.map(placedAccount));
      const first = await readModel().accountsAfter(null, 3);
      expect([...first, ...(await readModel().accountsAfter(first.at(-1)!.id, 3))]).toEqual(accounts);
    });
  });

  streamIndex(readModel);

  it('pages through sessions by their end, also those that end at one instant', async () => {
    const ending = (day: number, change: Partial<SessionDocument> = {}): SessionDocument =>
      aSession(1, { endsAt: T0 + day * DAY_MS, ...change });
    const due = [ending(3), ending(3), ending(3), ending(1), ending(2, { status: 'revoked' }), ending(3)];
    await put(readModel(), 1, ...[...due, ending(4)].map(placedSession));
    const order = (sessions: readonly SessionDocument[]): string[] =>
      [...sessions].sort((a, b) => a.endsAt - b.endsAt || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
    const allPages = async (activeOnly: boolean): Promise<string[]> => {
      const ids: string[] = [];
      let after: SessionDocument | undefined;
      for (;;) {
        const page = { endsBy: T0 + 3 * DAY_MS, activeOnly, limit: 2, ...(after === undefined ? {} : { after }) };
        const sessions = await readModel().sessionsEnding(page);
        ids.push(...sessions.map(({ id }) => id));
        after = sessions.at(-1);
        if (sessions.length < 2) return ids;
      }
    };
    expect(await allPages(false)).toEqual(order(due));
    expect(await allPages(true)).toEqual(order(due.filter(({ status }) => status === 'active')));
  });

  it('scans a collection in the order of ids', async () => {
    const sessions = Array.from({ length: 5 }, () => aSession(1));
    await put(readModel(), 1, ...sessions.map(placedSession), placedAccount(anAccount(1)));
    const ids = sessions.map(({ id }) => id).sort();
    const first = await readModel().scan('sessions', null, 3);
    const second = await readModel().scan('sessions', first.at(-1)!.id, 3);
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids);
    expect(await readModel().scan('accounts', null, 10)).toHaveLength(1);
  });

  hostileInput(readModel);
}

function streamIndex(readModel: () => ReadModel): void {
  describe('the index of devices’ streams', () => {
    // Ids that stand side by side: the one ends where the other begins.
    const [userId, next] = ['11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111112'];
    const stored = async (): Promise<ReturnType<typeof aStream>[]> => {
      const streams = [
        ...[aStream(1, { userId }), aStream(2, { userId, contested: true }), aStream(3, { userId, reused: true })],
        ...[aStream(4, { userId: next, contested: true, reused: true }), aStream(5, { userId: next }), aStream(6)],
      ].sort((a, b) => (a.id < b.id ? -1 : 1));
      await put(readModel(), 9, ...streams.map(placedStream));
      return streams;
    };

    it('gives a user’s streams, in pages, and nobody else’s', async () => {
      const streams = await stored();
      const own = streams.filter((stream) => stream.userId === userId);
      expect(await readModel().deviceStreamsOf(userId, null, 10)).toEqual(own);
      const first = await readModel().deviceStreamsOf(userId, null, 2);
      expect([...first, ...(await readModel().deviceStreamsOf(userId, first.at(-1)!.id, 2))]).toEqual(own);
      expect(await readModel().deviceStreamsOf(userId, own.at(-1)!.id, 2)).toEqual([]);
      expect(await readModel().deviceStreamsOf(randomUUID(), null, 10)).toEqual([]);
      expect(await readModel().deviceStream(own[0]!.id)).toEqual(own[0]);
      expect(await readModel().deviceStream(userId)).toBeNull();
    });

    it('gives those with a trace of theft, in pages, and all of them', async () => {
      const streams = await stored();
      const suspect = streams.filter(({ contested, reused }) => contested || reused);
      expect(await readModel().suspectStreams(null, 10)).toEqual(suspect);
      const first = await readModel().suspectStreams(null, 1);
      expect([...first, ...(await readModel().suspectStreams(first.at(-1)!.id, 10))]).toEqual(suspect);
      expect(await readModel().scan('streams', null, 10)).toEqual(streams);
    });

    it('follows a stream that gets its first trace of theft, and is loaded as it was stored', async () => {
      const stream = aStream(1);
      await put(readModel(), 1, placedStream(stream));
      expect(await readModel().suspectStreams(null, 10)).toEqual([]);
      const contested = { ...stream, contested: true, position: positionOf(2) };
      const version = await put(readModel(), 2, placedStream(contested));
      expect(await readModel().suspectStreams(null, 10)).toEqual([contested]);
      const keys = [{ collection: 'streams', id: stream.id }] as const;
      expect(await readModel().load(keys, version)).toEqual([placedStream(contested)]);
    });

    it('stays when retention removes a session', async () => {
      const stream = aStream(1);
      const session = aSession(1, { userId: stream.userId, deviceId: stream.deviceId, status: 'revoked' });
      await put(readModel(), 1, placedStream(stream), placedSession(session));
      await readModel().removeSessions([session]);
      expect(await readModel().deviceStreamsOf(stream.userId, null, 10)).toEqual([stream]);
    });
  });
}

function hostileInput(readModel: () => ReadModel): void {
  describe('ids', () => {
    it.each(['$gt', '__proto__', 'constructor', "'; drop table sessions; --", 'a.b$c', 'ünïcödé'])(
      'may be %s like any other',
      async (hostile) => {
        const account = anAccount(1, { id: hostile, emailKey: hostile });
        await put(readModel(), 1, placedAccount(account));
        expect(await readModel().account(hostile)).toEqual(account);
        expect(await readModel().account('other')).toBeNull();
        expect(await readModel().accounts(['other', hostile])).toEqual([account]);
        expect(await readModel().accountByEmailKey(hostile)).toEqual(account);
      },
    );

    const noIds: readonly unknown[] = [
      { $ne: null },
      { $gt: '' },
      { $in: [{ $ne: null }] },
      ['x'],
      7,
      null,
      undefined,
      /./,
    ];
    it.each(noIds)('S12: are texts alone: %p finds nothing, without an error', async (value) => {
      const hostile = value as string;
      const session = aSession(1);
      const account = anAccount(1);
      const version = await put(readModel(), 1, placedSession(session), placedAccount(account));
      expect(await readModel().session(hostile)).toBeNull();
      expect(await readModel().account(hostile)).toBeNull();
      expect(await readModel().accounts([hostile, account.id])).toEqual([account]);
      expect(await readModel().accountByEmailKey(hostile)).toBeNull();
      expect(await readModel().activeSessionsOf(hostile)).toEqual([]);
      expect(await readModel().countActiveSessionsOf(hostile, 10)).toBe(0);
      expect(await readModel().endedSessionsOf(hostile, 10)).toEqual([]);
      expect(await readModel().deviceStream(hostile)).toBeNull();
      expect(await readModel().deviceStreamsOf(hostile, null, 10)).toEqual([]);
      expect(await readModel().load([{ collection: 'sessions', id: hostile }], version)).toEqual([]);
    });

    it('and limits of pages that cannot be are refused', async () => {
      const hostile = { $gt: '' } as unknown as string;
      const notAnInstant = { $gt: 0 } as unknown as number;
      const asked = [
        () => readModel().scan('sessions', hostile, 10),
        () => readModel().accountsAfter(hostile, 10),
        () => readModel().suspectStreams(hostile, 10),
        () => readModel().deviceStreamsOf('user', hostile, 10),
        () => readModel().deviceStreamsOf('user', null, 0),
        () => readModel().sessionsEnding({ endsBy: notAnInstant, limit: 10 }),
        () => readModel().sessionsEnding({ endsBy: 1, limit: 10, after: { endsAt: 1, id: hostile } }),
        () => readModel().activeSessionsOf('user', { limit: 10, after: { lastUsedAt: notAnInstant, id: 'x' } }),
        () => readModel().removeSessions([{ id: hostile, position: positionOf(1) }]),
        ...[0, -1, 1.5, NaN, '10'].map((limit) => () => readModel().scan('sessions', null, limit as number)),
        ...[0, -1].map((limit) => () => readModel().endedSessionsOf('user', limit)),
        ...[0, -1].map((upTo) => () => readModel().countActiveSessionsOf('user', upTo)),
      ];
      for (const ask of asked) await expect(ask()).rejects.toThrow(RangeError);
    });
  });
}
