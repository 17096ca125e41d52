import { expect, it } from '@jest/globals';
import { Binary } from 'mongodb';
import { randomUUID } from 'node:crypto';
import { openMongoLeafHashes } from '../../src/adapters/mongodb/audit/mongo-leaf-hashes.js';
import { positionOf } from '../../src/event-store/position.js';
import { leafHashesContract } from '../contract/leaf-hashes.js';
import { serverDescribe } from '../support/backends.js';
import { openMongoDatabase } from '../support/mongo-database.js';

serverDescribe('leaf hashes in MongoDB', 'MONGODB_URL', (url) => {
  leafHashesContract('mongodb', () => {
    const database = openMongoDatabase(url);
    return Promise.resolve({ leaves: openMongoLeafHashes(database.connection), close: () => database.close() });
  });

  it('puts its leaves in the place of those that somebody began to append and did not finish', async () => {
    const database = openMongoDatabase(url);
    const begun = { _id: 1, eventId: randomUUID(), stream: 'test_user-9', revision: 9, hash: new Binary(Buffer.alloc(32)) };
    await database.connection
      .store('event store')
      .run((db) => db.collection<{ _id: number }>('leaf_hashes').insertOne(begun));
    const leaves = openMongoLeafHashes(database.connection);
    const hash = Buffer.alloc(32, 7);
    const some = [0, 1, 2].map((revision) => ({ eventId: randomUUID(), stream: 'test_user-1', revision, hash }));
    const lastEvent = { position: positionOf(3), eventId: some[2]!.eventId };
    expect(await leaves.append(0, some, { position: positionOf(3), lastEvent })).toBe(true);
    expect(await leaves.read(0, 10)).toEqual(some);
    expect(await leaves.indexOf(begun.eventId)).toBeNull();
    await database.close();
  });
});
