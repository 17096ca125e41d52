import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { positionOf } from '../../src/event-store/position.js';
import type { SessionDocument } from '../../src/read-model/documents.js';
import { CheckpointMovedError, type ReadModel } from '../../src/read-model/read-model.js';
import { anAccount, aSession, placedAccount, placedSession, put } from '../support/documents.js';
import { readModelReading } from './read-model-reading.js';

/** The version of the reducers that the suite's read models are opened with. */
export const MADE_BY = 'contract';

/** An empty read model opened for a test with `MADE_BY`, and how to close it with all that belongs to it. */
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
    versions(current);
    readModelReading(current);
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
      const session = aSession(2, { deviceName: 'sealed name', endReason: 'logout', status: 'revoked', contestedAt: 7 });
      const kept = { sid: session.id, epoch: 4 };
      const account = anAccount(3, { kept, revocations: [{ epoch: 5, at: 9, reason: 'admin', kept }], roles: ['auditor'] });
      expect(await readModel().checkpoint()).toBeNull();
      const version = await put(readModel(), 5, placedSession(session), placedAccount(account));
      expect(await readModel().checkpoint()).toBe(positionOf(5));
      expect(await readModel().session(session.id)).toEqual(session);
      expect(await readModel().account(account.id)).toEqual(account);
      const keys = [
        { collection: 'accounts', id: account.id },
        { collection: 'sessions', id: session.id },
        { collection: 'sessions', id: account.id },
      ] as const;
      const loaded = await readModel().load(keys, version);
      expect(loaded).toHaveLength(2);
      expect(loaded).toEqual(expect.arrayContaining([placedSession(session), placedAccount(account)]));
    });

    it('keeps the last event of the last batch that has one, each build its own', async () => {
      const event = (position: number) => ({ position: positionOf(position), eventId: randomUUID() });
      const [first, second, built] = [event(1), event(3), event(2)];
      const apply = async (checkpoint: number, lastEvent: ReturnType<typeof event> | null, target = readModel()) => {
        const { version } = await target.progress();
        await target.apply({ documents: [], version, checkpoint: positionOf(checkpoint), lastEvent });
      };
      expect(await readModel().progress()).toMatchObject({ checkpoint: null, lastEvent: null });
      await apply(2, first);
      await apply(3, null);
      expect(await readModel().progress()).toMatchObject({ checkpoint: positionOf(3), lastEvent: first });
      await apply(4, second);
      const rebuild = await readModel().beginRebuild();
      expect(await rebuild.target.progress()).toMatchObject({ checkpoint: null, lastEvent: null });
      await apply(2, built, rebuild.target as ReadModel);
      expect(await readModel().progress()).toMatchObject({ lastEvent: second });
      await rebuild.swap();
      expect(await readModel().progress()).toMatchObject({ checkpoint: positionOf(2), lastEvent: built });
    });

    it('has nothing that was not stored', async () => {
      expect(await readModel().session(randomUUID())).toBeNull();
      expect(await readModel().account(randomUUID())).toBeNull();
      expect(await readModel().load([], (await readModel().progress()).version)).toEqual([]);
    });

    it('never replaces a document by an older one', async () => {
      const newer = aSession(5, { generation: 5 });
      await put(readModel(), 5, placedSession(newer));
      await put(readModel(), 6, placedSession({ ...newer, generation: 4, position: positionOf(4) }));
      expect(await readModel().session(newer.id)).toEqual(newer);
      expect(await readModel().checkpoint()).toBe(positionOf(6));
    });

    it('stores what is said to be new, and where that is wrong the newer one stays', async () => {
      const [added, older, newer] = [aSession(1), aSession(1), aSession(5, { generation: 5 })];
      const account = anAccount(1);
      const asNew = <P extends object>(placed: P): P & { isNew: true } => ({ ...placed, isNew: true });
      await put(readModel(), 1, ...[added, older].map(placedSession).map(asNew), asNew(placedAccount(account)));
      await put(readModel(), 5, placedSession(newer));
      const used = { ...older, generation: 1, position: positionOf(6) };
      const late = { ...newer, generation: 4, position: positionOf(4) };
      const other = aSession(7);
      await put(readModel(), 7, ...[used, late, other].map(placedSession).map(asNew));
      for (const session of [added, used, newer, other]) expect(await readModel().session(session.id)).toEqual(session);
      expect(await readModel().account(account.id)).toEqual(account);
    });
  });
}

function versions(readModel: () => ReadModel): void {
  describe('the version', () => {
    const batch = (version: string, position: number, ...documents: readonly SessionDocument[]) => ({
      ...{ version, documents: documents.map(placedSession), checkpoint: positionOf(position), lastEvent: null },
    });

    it('goes on from each batch to the next', async () => {
      const first = await readModel().apply(batch((await readModel().progress()).version, 1));
      expect((await readModel().progress()).version).toBe(first);
      const second = await readModel().apply(batch(first, 2));
      expect((await readModel().progress()).version).toBe(second);
    });

    it('that was left is refused, and changes nothing', async () => {
      const { version } = await readModel().progress();
      await readModel().apply(batch(version, 1, aSession(1)));
      const other = aSession(2);
      for (const wrong of [version, 'another', '']) {
        await expect(readModel().apply(batch(wrong, 2, other))).rejects.toThrow(CheckpointMovedError);
        const keys = [{ collection: 'sessions', id: other.id }] as const;
        await expect(readModel().load(keys, wrong)).rejects.toThrow(CheckpointMovedError);
      }
      expect(await readModel().session(other.id)).toBeNull();
      expect(await readModel().checkpoint()).toBe(positionOf(1));
    });

    it('lets one of two batches from one checkpoint through', async () => {
      const { version } = await readModel().progress();
      const results = await Promise.allSettled([7, 8].map((to) => readModel().apply(batch(version, to))));
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('S11: of the documents of the build before is refused, also at the same checkpoint', async () => {
      const wrong = aSession(1, { generation: 99 });
      const right = { ...wrong, generation: 0 };
      const version = await put(readModel(), 1, placedSession(wrong));
      await readModel().load([{ collection: 'sessions', id: wrong.id }], version);
      const rebuild = await readModel().beginRebuild();
      await put(rebuild.target, 1, placedSession(right));
      await rebuild.swap();
      const late = batch(version, 2, { ...wrong, position: positionOf(2) });
      await expect(readModel().apply(late)).rejects.toThrow(CheckpointMovedError);
      expect(await readModel().session(wrong.id)).toEqual(right);
      await put(readModel(), 2);
    });

    it('of the reducers is that of the program that made the documents; there is none before', async () => {
      expect(await readModel().madeBy()).toBeNull();
      await put(readModel(), 1);
      expect(await readModel().madeBy()).toBe(MADE_BY);
      const rebuild = await readModel().beginRebuild();
      await put(rebuild.target, 1);
      await rebuild.swap();
      expect(await readModel().madeBy()).toBe(MADE_BY);
    });
  });
}

function removing(readModel: () => ReadModel): void {
  describe('removeSessions', () => {
    it('removes for good: what a projector that was late stores does not come back', async () => {
      const session = aSession(3, { status: 'revoked' });
      const version = await put(readModel(), 3, placedSession(session));
      await readModel().removeSessions([session]);
      expect(await readModel().session(session.id)).toBeNull();
      expect(await readModel().load([{ collection: 'sessions', id: session.id }], version)).toEqual([]);
      expect(await readModel().sessionsEnding({ endsBy: 1e15, limit: 10 })).toEqual([]);
      expect(await readModel().endedSessionsOf(session.userId, 10)).toEqual([]);
      await put(readModel(), 4, placedSession({ ...session, position: positionOf(2) }));
      await put(readModel(), 5, placedSession(session));
      expect(await readModel().session(session.id)).toBeNull();
      expect(await readModel().scan('sessions', null, 10)).toEqual([]);
    });

    it('leaves a session alone that changed in the meantime', async () => {
      const session = aSession(3);
      await put(readModel(), 3, placedSession(session));
      const used = { ...session, generation: 1, position: positionOf(4) };
      await put(readModel(), 4, placedSession(used));
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
      const before = await put(readModel(), 1, placedSession(old));
      const rebuild = await readModel().beginRebuild();
      const { target } = rebuild;
      expect(await target.checkpoint()).toBeNull();
      await put(target, 2, placedSession(fresh));
      expect(await readModel().session(fresh.id)).toBeNull();
      expect(await readModel().checkpoint()).toBe(positionOf(1));
      await rebuild.swap();
      expect(await readModel().session(fresh.id)).toEqual(fresh);
      expect(await readModel().session(old.id)).toBeNull();
      expect(await readModel().checkpoint()).toBe(positionOf(2));
      const late = { documents: [], version: before, checkpoint: positionOf(3), lastEvent: null };
      await expect(readModel().apply(late)).rejects.toThrow(CheckpointMovedError);
      await put(readModel(), 3);
    });

    it('can be discarded, and one left unfinished is discarded by the next', async () => {
      const live = aSession(1);
      await put(readModel(), 1, placedSession(live));
      const left = await readModel().beginRebuild();
      await put(left.target, 9, placedSession(aSession(9)));
      const next = await readModel().beginRebuild();
      expect(await next.target.checkpoint()).toBeNull();
      expect(await next.target.scan('sessions', null, 10)).toEqual([]);
      await expect(left.swap()).rejects.toThrow('discarded');
      await next.discard();
      expect(await readModel().session(live.id)).toEqual(live);
    });
  });
}
