import type { AnyBulkWriteOperation, Collection as MongoCollection, Filter, WithoutId } from 'mongodb';
import type { Collection, Documents } from '../../../read-model/documents.js';
import { duplicateKeysOf } from '../errors.js';
import type { Stored } from './build-collections.js';

/** Stores those documents that are newer than what is stored under their ids (an upsert guard): harmless to repeat, by anybody. */
export async function putNewer<C extends Collection>(
  collection: MongoCollection<Stored<C>>,
  documents: readonly Documents[C][],
): Promise<void> {
  if (documents.length === 0) return;
  const write = (some: readonly Documents[C][], upsert: boolean): Promise<unknown> =>
    collection.bulkWrite(
      some.map((document) => replacement<C>(document, upsert)),
      { ordered: false },
    );
  try {
    await write(documents, true);
  } catch (error) {
    // A document that is not older is there already; or, of upserts that raced, the other came first, and may be older: now that
    // all are there, they are replaced if they are.
    const refused = duplicateKeysOf(error);
    if (refused === null) throw error;
    await write(
      refused.map((index) => documents[index]).filter((document) => document !== undefined),
      false,
    );
  }
}

function replacement<C extends Collection>(document: Documents[C], upsert: boolean): AnyBulkWriteOperation<Stored<C>> {
  const { id, ...fields } = document;
  const older = { _id: { $eq: id }, position: { $lt: document.position } } as Filter<Stored<C>>;
  return { replaceOne: { filter: older, replacement: fields as unknown as WithoutId<Stored<C>>, upsert } };
}
