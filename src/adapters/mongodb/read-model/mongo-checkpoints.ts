import type { Collection, Filter } from 'mongodb';
import type { LastEvent, Position } from '../../../event-store/position.js';
import type { Checkpoints, StoredCheckpoint } from '../../../processors/ports.js';
import { isId } from '../../../read-model/checked.js';
import { isDuplicateKey } from '../errors.js';
import type { MongoConnection } from '../mongo-connection.js';

interface Stored {
  /** The name of the processor. */
  readonly _id: string;
  readonly position: Position;
  readonly lastEvent: LastEvent | null;
  readonly state: string | null;
}

/** Checkpoints of processors in a collection of MongoDB, each one document. */
export function openMongoCheckpoints(connection: MongoConnection): Checkpoints {
  const store = connection.store('read model');
  const checkpoints: Collection<Stored> = store.db.collection('processor_checkpoints');
  return {
    load: async (processor) => {
      if (!isId(processor)) return null;
      const found = await store.run(() => checkpoints.findOne({ _id: { $eq: processor } }));
      return found === null ? null : checkpointOf(found);
    },
    store: (processor, { position, lastEvent, state }, previous) =>
      store.run(() => {
        const next = { position, lastEvent, state };
        if (previous === null) return insertFirst(checkpoints, { _id: processor, ...next });
        const asFound: Filter<Stored> = { _id: { $eq: processor }, position: { $eq: previous } };
        return checkpoints.updateOne(asFound, { $set: next }).then(({ matchedCount }) => matchedCount === 1);
      }),
  };
}

async function insertFirst(checkpoints: Collection<Stored>, first: Stored): Promise<boolean> {
  try {
    await checkpoints.insertOne(first);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

function checkpointOf({ position, lastEvent, state }: Stored): StoredCheckpoint {
  return { position, lastEvent, state };
}
