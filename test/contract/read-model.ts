import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { positionOf } from '../../src/event-store/position.js';
import type { SessionDocument } from '../../src/read-model/documents.js';
import { CheckpointMovedError, type ReadModel } from '../../src/read-model/read-model.js';
import { aBatch, anAccount, aSession, placedAccount, placedSession } from '../support/documents.js';

/** An empty read model opened for a test, and how to close it with all that belongs to it. */
export interface OpenedReadModel {
  readonly readModel: ReadModel;
  close(): Promise<void>;
}

/** Every adapter keeps the port's promises: the same suite for each. `open` is called for each test. */
export function readModelContract(name: string, open: () => Promise<OpenedReadModel>): void {
  describe(`read model contract: ${name}`, () => {
    let opened: OpenedReadModel;
    let readModel: ReadModel;
    beforeEach(async () => {
      opened = await open();
      readModel = opened.readModel;
    });
    afterEach(() => opened.close());
    const current = (): ReadModel => readModel;

    applying(current);
    searching(current);
    removing(current);
    rebuilding(current);

    it('answers a ping', async () => {
      await expect(readModel.ping()).resolves.toBeUndefined();
    });
  });
}

function applying(readModel: () => ReadModel): void {
  describe('apply', () => {
    it('stores documents and checkpoint, and gives them back as they were', async () => {
      const session = aSession(2, { deviceName: 'sealed name', endReason: 'logout', status: 'revoked' });
      const account = anAccount(3, { spared: { sid: session.id, epoch: 4 }, roles: [] });
      expect(await readModel().checkpoint()).toBeNull();
      await readModel().apply(aBatch(0, 5, placedSession(session), placedAccount(account)));
      expect(await readModel().checkpoint()).toBe(positionOf(5));
      expect(await readModel().session(session.id)).toEqual(session);
      expect(await readModel().account(account.id)).toEqual(account);
      const keys = [
        { collection: 'accounts', id: account.id },
        { collection: 'sessions', id: session.id },
        { collection: 'sessions', id: account.id },
      ] as const;
      const loaded = await readModel().load(keys);
      expect(loaded).toHaveLength(2);
      expect(loaded).toEqual(expect.arrayContaining([placedSession(session), placedAccount(account)]));
    });

    it('keeps the landmark of the last batch that has one, each build its own', async () => {
      const landmark = (position: number) => ({ position: positionOf(position), eventId: randomUUID() });
      const [first, second, built] = [landmark(1), landmark(3), landmark(2)];
      expect(await readModel().landmark()).toBeNull();
      await readModel().apply({ ...aBatch(0, 2), landmark: first });
      await readModel().apply(aBatch(2, 3));
      expect(await readModel().landmark()).toEqual(first);
      await readModel().apply({ ...aBatch(3, 4), landmark: second });
      await expect(readModel().apply({ ...aBatch(3, 5), landmark: first })).rejects.toThrow(CheckpointMovedError);
      expect(await readModel().landmark()).toEqual(second);
      const rebuild = await readModel().beginRebuild();
      expect(await rebuild.target.landmark()).toBeNull();
      await rebuild.target.apply({ ...aBatch(0, 2), landmark: built });
      expect(await readModel().landmark()).toEqual(second);
      await rebuild.swap();
      expect(await readModel().landmark()).toEqual(built);
    });

    it('has nothing that was not stored', async () => {
      expect(await readModel().session(randomUUID())).toBeNull();
      expect(await readModel().account(randomUUID())).toBeNull();
      expect(await readModel().load([])).toEqual([]);
    });

    it('takes no batch that does not follow the checkpoint, and changes nothing then', async () => {
      const before = aSession(1);
      await readModel().apply(aBatch(0, 1, placedSession(before)));
      const other = aSession(2);
      for (const batch of [aBatch(0, 2, placedSession(other)), aBatch(3, 4, placedSession(other))])
        await expect(readModel().apply(batch)).rejects.toThrow(CheckpointMovedError);
      expect(await readModel().checkpoint()).toBe(positionOf(1));
    });

    it('of two batches from one checkpoint takes one', async () => {
      const results = await Promise.allSettled([readModel().apply(aBatch(0, 7)), readModel().apply(aBatch(0, 8))]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('never replaces a document by an older one', async () => {
      const newer = aSession(5, { generation: 5 });
      await readModel().apply(aBatch(0, 5, placedSession(newer)));
      await readModel().apply(aBatch(5, 6, placedSession({ ...newer, generation: 4, position: positionOf(4) })));
      expect(await readModel().session(newer.id)).toEqual(newer);
      expect(await readModel().checkpoint()).toBe(positionOf(6));
    });

    it.each(['$gt', '__proto__', 'constructor', "'; drop table sessions; --", 'a.b$c', 'ünïcödé'])(
      'takes %s for an id like any other',
      async (hostile) => {
        const account = anAccount(1, { id: hostile });
        await readModel().apply(aBatch(0, 1, placedAccount(account)));
        expect(await readModel().account(hostile)).toEqual(account);
        expect(await readModel().account('other')).toBeNull();
        expect(await readModel().accounts(['other', hostile])).toEqual([account]);
      },
    );
  });
}

function searching(readModel: () => ReadModel): void {
  it('lists a user’s sessions that are active by their own stream, newest use first', async () => {
    const userId = randomUUID();
    const used = (day: number, change: Partial<SessionDocument> = {}): SessionDocument =>
      aSession(day, { userId, lastUsedAt: `2026-01-0${day}T00:00:00.000Z`, ...change });
    const [one, two, three] = [used(1), used(3), used(2)];
    const others = [used(4, { status: 'revoked' }), used(5, { status: 'expired' }), aSession(6)];
    await readModel().apply(aBatch(0, 9, ...[one, two, three, ...others].map(placedSession)));
    expect(await readModel().activeSessionsOf(userId)).toEqual([two, three, one]);
    await readModel().apply(aBatch(9, 10, placedSession({ ...two, status: 'revoked', position: positionOf(10) })));
    expect(await readModel().activeSessionsOf(userId)).toEqual([three, one]);
  });

  it('pages through sessions by their end, also those that end at one instant', async () => {
    const ending = (day: number, change: Partial<SessionDocument> = {}): SessionDocument =>
      aSession(1, { endsAt: `2026-01-0${day}T00:00:00.000Z`, ...change });
    const due = [ending(3), ending(3), ending(3), ending(1), ending(2, { status: 'revoked' }), ending(3)];
    await readModel().apply(aBatch(0, 1, ...[...due, ending(4)].map(placedSession)));
    const order = (sessions: readonly SessionDocument[]): string[] =>
      [...sessions].sort((a, b) => (a.endsAt + a.id < b.endsAt + b.id ? -1 : 1)).map(({ id }) => id);
    const allPages = async (activeOnly: boolean): Promise<string[]> => {
      const ids: string[] = [];
      let after: SessionDocument | undefined;
      for (;;) {
        const page = {
          endsBy: '2026-01-03T00:00:00.000Z',
          activeOnly,
          limit: 2,
          ...(after === undefined ? {} : { after }),
        };
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
    await readModel().apply(aBatch(0, 1, ...sessions.map(placedSession), placedAccount(anAccount(1))));
    const ids = sessions.map(({ id }) => id).sort();
    const first = await readModel().scan('sessions', null, 3);
    const second = await readModel().scan('sessions', first.at(-1)!.id, 3);
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids);
    expect(await readModel().scan('accounts', null, 10)).toHaveLength(1);
  });
}

function removing(readModel: () => ReadModel): void {
  describe('removeSessions', () => {
    it('removes for good: what a projector that was late stores does not come back', async () => {
      const session = aSession(3, { status: 'revoked' });
      await readModel().apply(aBatch(0, 3, placedSession(session)));
      await readModel().removeSessions([session]);
      expect(await readModel().session(session.id)).toBeNull();
      expect(await readModel().load([{ collection: 'sessions', id: session.id }])).toEqual([]);
      expect(await readModel().sessionsEnding({ endsBy: '9999-01-01T00:00:00.000Z', limit: 10 })).toEqual([]);
      await readModel().apply(aBatch(3, 4, placedSession({ ...session, position: positionOf(2) })));
      await readModel().apply(aBatch(4, 5, placedSession(session)));
      expect(await readModel().session(session.id)).toBeNull();
      expect(await readModel().scan('sessions', null, 10)).toEqual([]);
    });

    it('leaves a session alone that changed in the meantime', async () => {
      const session = aSession(3);
      await readModel().apply(aBatch(0, 3, placedSession(session)));
      const used = { ...session, generation: 1, position: positionOf(4) };
      await readModel().apply(aBatch(3, 4, placedSession(used)));
      await readModel().removeSessions([session]);
      expect(await readModel().session(session.id)).toEqual(used);
    });

    it('takes none, and some that are not there', async () => {
      await readModel().removeSessions([]);
      await expect(readModel().removeSessions([aSession(1)])).resolves.toBeUndefined();
    });
  });
}

function rebuilding(readModel: () => ReadModel): void {
  describe('a rebuild', () => {
    it('grows beside the live read model and takes its place in one step', async () => {
      const [old, fresh] = [aSession(1), aSession(2)];
      await readModel().apply(aBatch(0, 1, placedSession(old)));
      const rebuild = await readModel().beginRebuild();
      const { target } = rebuild;
      expect(await target.checkpoint()).toBeNull();
      await target.apply(aBatch(0, 2, placedSession(fresh)));
      expect(await readModel().session(fresh.id)).toBeNull();
      expect(await readModel().checkpoint()).toBe(positionOf(1));
      await rebuild.swap();
      expect(await readModel().session(fresh.id)).toEqual(fresh);
      expect(await readModel().session(old.id)).toBeNull();
      expect(await readModel().checkpoint()).toBe(positionOf(2));
      await expect(readModel().apply(aBatch(1, 3))).rejects.toThrow(CheckpointMovedError);
      await readModel().apply(aBatch(2, 3));
    });

    it('can be discarded, and one left unfinished is discarded by the next', async () => {
      const live = aSession(1);
      await readModel().apply(aBatch(0, 1, placedSession(live)));
      const left = await readModel().beginRebuild();
      await left.target.apply(aBatch(0, 9, placedSession(aSession(9))));
      const next = await readModel().beginRebuild();
      expect(await next.target.checkpoint()).toBeNull();
      expect(await next.target.scan('sessions', null, 10)).toEqual([]);
      await next.discard();
      expect(await readModel().session(live.id)).toEqual(live);
    });
  });
}
