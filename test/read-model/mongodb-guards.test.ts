import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MongoConnection } from '../../src/adapters/mongodb/mongo-connection.js';
import { positionOf } from '../../src/event-store/position.js';
import type { SessionDocument } from '../../src/read-model/documents.js';
import { BuildDocuments } from '../../src/adapters/mongodb/read-model/build-documents.js';
import { openMongoReadModel } from '../../src/adapters/mongodb/read-model/mongo-read-model.js';
import { CheckpointMovedError, type ReadModel } from '../../src/read-model/read-model.js';
import { serverDescribe } from '../support/backends.js';
import { chanceOf } from '../support/chance.js';
import { aSession, placedSession, put } from '../support/documents.js';
import { inDatabase, openMongoDatabase, type MongoDatabase } from '../support/mongo-database.js';

serverDescribe('the guards of the read model in MongoDB', 'MONGODB_URL', (serverUrl) => {
  let database: MongoDatabase;
  let other: MongoConnection;
  let readModel: ReadModel;
  /** The same read model as another process has it. */
  let elsewhere: ReadModel;
  beforeEach(() => {
    database = openMongoDatabase(serverUrl);
    other = MongoConnection.open(database.url);
    readModel = openMongoReadModel(database.connection, 'test');
    elsewhere = openMongoReadModel(other, 'test');
  });
  afterEach(async () => {
    await other.close();
    await database.close();
  });

  const collectionNames = async (): Promise<string[]> =>
    inDatabase(database.url, async (db) => (await db.listCollections().toArray()).map(({ name }) => name).sort());
  // A projector may have found them or not before it stores them.
  describe.each([true, false])('documents (new: %s)', (isNew) => {
    /** Stores documents in the first build as a projector does before it moves the checkpoint. */
    const putOnly = (...sessions: SessionDocument[]): Promise<void> => {
      const changed = sessions.map((session) => ({ ...placedSession(session), isNew }));
      return database.connection.store('read model').run((db) => new BuildDocuments(db, 1).put(changed));
    };

    it('of any number stored at once, in any order, the newest stays', async () => {
      await readModel.checkpoint();
      const chance = chanceOf('any order');
      for (let round = 0; round < 10; round += 1) {
        const id = randomUUID();
        const versions = Array.from({ length: 20 }, (_, at) => aSession(at + 1, { id, generation: at }));
        const shuffled = versions.map((version) => [chance(), version] as const).sort(([one], [other]) => one - other);
        await Promise.all(shuffled.map(([, version]) => putOnly(version)));
        expect(await readModel.session(id)).toMatchObject({ generation: 19, position: positionOf(20) });
      }
    });

    it('stored before a crash are found when the batch comes again', async () => {
      await put(readModel, 1);
      const session = aSession(2);
      await putOnly(session);
      expect(await elsewhere.checkpoint()).toBe(positionOf(1));
      await put(elsewhere, 2, placedSession(session));
      expect(await readModel.session(session.id)).toEqual(session);
    });

    it('that a late projector stores change nothing that is newer, and it gets an error', async () => {
      const old = aSession(1);
      const version = await put(readModel, 1, placedSession(old));
      const used = { ...old, generation: 1, position: positionOf(3) };
      await put(elsewhere, 3, placedSession(used));
      // As if it had asked for the checkpoint before the other moved it.
      await putOnly({ ...old, generation: 7, position: positionOf(2) });
      const batch = { documents: [placedSession({ ...old, position: positionOf(2) })], lastEvent: null };
      await expect(readModel.apply({ ...batch, version, checkpoint: positionOf(2) })).rejects.toThrow(CheckpointMovedError);
      expect(await readModel.session(old.id)).toEqual(used);
      expect(await readModel.checkpoint()).toBe(positionOf(3));
    });

    it('of one that was removed only key, position and time are left, which a late projector does not get past', async () => {
      const session = aSession(3, { status: 'revoked' });
      await put(readModel, 3, placedSession(session));
      await readModel.removeSessions([session]);
      await putOnly({ ...session, position: positionOf(2) });
      await putOnly(session);
      expect(await readModel.session(session.id)).toBeNull();
      expect(await readModel.accounts([session.id])).toEqual([]);
      expect(await inDatabase(database.url, (db) => db.collection('sessions_1').find().toArray())).toEqual([
        { _id: session.id, position: session.position, removedAt: expect.any(Date) },
      ]);
    });

    it('what is left of a removed session goes after a month', async () => {
      await readModel.checkpoint();
      const day = 24 * 60 * 60 * 1000;
      const left = (days: number) => ({
        _id: randomUUID(),
        position: positionOf(1),
        removedAt: new Date(Date.now() - days * day),
      });
      const [old, recent] = [left(31), left(29)];
      const remains = (): Promise<unknown[]> =>
        inDatabase(database.url, (db) => db.collection<typeof old>('sessions_1').find().toArray());
      await inDatabase(database.url, (db) => db.collection<typeof old>('sessions_1').insertMany([old, recent]));
      await readModel.removeSessions([]);
      expect(await remains()).toEqual([recent]);
    });

    it('are found by indexes, none of which deletes anything', async () => {
      await readModel.checkpoint();
      const indexes = await inDatabase(database.url, (db) => db.collection('sessions_1').indexes());
      expect(indexes.map(({ name }) => name).sort()).toEqual(['_id_', 'by_end', 'by_user', 'removed']);
      for (const index of indexes) expect(index).not.toHaveProperty('expireAfterSeconds');
    });
  });

  describe('builds', () => {
    it('a switch by one process is seen by another at once', async () => {
      const [old, fresh] = [aSession(1), aSession(2)];
      await put(readModel, 1, placedSession(old));
      expect(await elsewhere.session(old.id)).toEqual(old);
      const rebuild = await readModel.beginRebuild();
      await put(rebuild.target, 2, placedSession(fresh));
      await rebuild.swap();
      expect(await elsewhere.session(old.id)).toBeNull();
      expect(await elsewhere.session(fresh.id)).toEqual(fresh);
      expect(await elsewhere.checkpoint()).toBe(positionOf(2));
      expect(await collectionNames()).toEqual(['accounts_2', 'read_model', 'sessions_2', 'streams_2']);
    });

    it('a reader during rebuilds that replace each other always finds what is in all versions', async () => {
      const session = aSession(1);
      await put(readModel, 1, placedSession(session));
      let swapping = true;
      const counts = [0, 0];
      const swaps = async (): Promise<void> => {
        for (let build = 2; build < 12 || Math.min(...counts) <= 10; build += 1) {
          const rebuild = await elsewhere.beginRebuild();
          await put(rebuild.target, 1, placedSession(session));
          await rebuild.swap();
        }
        swapping = false;
      };
      const reads = async (reader: number): Promise<void> => {
        for (; swapping; counts[reader]! += 1) {
          expect(await readModel.activeSessionsOf(session.userId)).toEqual([session]);
          expect(await readModel.scan('sessions', null, 10)).toEqual([session]);
        }
      };
      await Promise.all([swaps(), reads(0), reads(1)]);
    });

    it('a rebuild that another one overtook cannot take the place of the live one', async () => {
      const live = aSession(1);
      await put(readModel, 1, placedSession(live));
      const overtaken = await readModel.beginRebuild();
      await put(overtaken.target, 5);
      const rebuild = await elsewhere.beginRebuild();
      await expect(put(overtaken.target, 6)).rejects.toThrow('discarded');
      await expect(overtaken.swap()).rejects.toThrow('discarded');
      await overtaken.discard();
      expect(await readModel.session(live.id)).toEqual(live);
      await put(rebuild.target, 2, placedSession(live));
      await rebuild.swap();
      expect(await readModel.checkpoint()).toBe(positionOf(2));
    });

    it('of rebuilds begun at once one can take the place of the live one, and what the others left goes with the next', async () => {
      const session = aSession(1);
      await put(readModel, 1, placedSession(session));
      const begun = await Promise.all([readModel.beginRebuild(), elsewhere.beginRebuild(), readModel.beginRebuild()]);
      await Promise.allSettled(begun.map(({ target }) => put(target, 1, placedSession(session))));
      const swapped = await Promise.allSettled(begun.map((rebuild) => rebuild.swap()));
      expect(swapped.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await readModel.session(session.id)).toEqual(session);
      await (await readModel.beginRebuild()).discard();
      expect((await collectionNames()).filter((name) => name.startsWith('sessions_'))).toHaveLength(1);
      expect(await readModel.session(session.id)).toEqual(session);
    });

    it('one that took the place of the live one is not discarded any more', async () => {
      const session = aSession(1);
      const rebuild = await readModel.beginRebuild();
      await put(rebuild.target, 1, placedSession(session));
      await rebuild.swap();
      await rebuild.discard();
      expect(await readModel.session(session.id)).toEqual(session);
      await expect(rebuild.swap()).rejects.toThrow('discarded');
    });

    it('a database that was emptied under a running process begins again', async () => {
      await put(readModel, 1, placedSession(aSession(1)));
      await inDatabase(database.url, (db) => db.dropDatabase());
      expect(await readModel.checkpoint()).toBeNull();
      const session = aSession(1);
      await put(readModel, 1, placedSession(session));
      expect(await readModel.session(session.id)).toEqual(session);
    });
  });
});
