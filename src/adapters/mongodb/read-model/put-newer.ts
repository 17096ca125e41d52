import type {
  AnyBulkWriteOperation,
  Collection as MongoCollection,
  Filter,
  OptionalUnlessRequiredId,
  WithoutId,
} from 'mongodb';
import type { Collection, Documents } from '../../../read-model/documents.js';
import { duplicateKeysOf } from '../errors.js';
import type { Stored } from './build-collections.js';

/** A document, and whether none was found under its id. */
export interface NewOrNot<C extends Collection> {
  readonly document: Documents[C];
  readonly isNew: boolean;
}

type Write<C extends Collection> = (documents: readonly Documents[C][]) => Promise<unknown>;

/**
 * Stores those documents that are newer than what is stored under their ids (an upsert guard): harmless to repeat, by anybody. A new
 * one is inserted, which is less work for the server than to look for an older one first.
 */
export async function putNewer<C extends Collection>(
  collection: MongoCollection<Stored<C>>,
  documents: readonly NewOrNot<C>[],
): Promise<void> {
  const insert: Write<C> = (some) => collection.insertMany(some.map(stored<C>), { ordered: false });
  const replace =
    (upsert: boolean): Write<C> =>
    (some) =>
      collection.bulkWrite(
        some.map((document) => replacement<C>(document, upsert)),
        { ordered: false },
      );
  const those = (isNew: boolean): Documents[C][] =>
    documents.filter((one) => one.isNew === isNew).map(({ document }) => document);
  // What is there already is not older; or, of writes that raced, the other came first, and may be older: now that all are there,
  // they are replaced if they are.
  await Promise.all([
    writeOrElse(those(true), insert, replace(false)),
    writeOrElse(those(false), replace(true), replace(false)),
  ]);
}

/** Writes documents, and in another way those that were refused because one is there under their id. */
async function writeOrElse<C extends Collection>(
  documents: readonly Documents[C][],
  write: Write<C>,
  otherwise: Write<C>,
): Promise<void> {
  if (documents.length === 0) return;
  try {
    await write(documents);
  } catch (error) {
    const refused = duplicateKeysOf(error);
    if (refused === null) throw error;
    await otherwise(refused.map((index) => documents[index]).filter((document) => document !== undefined));
  }
}

function replacement<C extends Collection>(document: Documents[C], upsert: boolean): AnyBulkWriteOperation<Stored<C>> {
  const { id, ...fields } = document;
  const older = { _id: { $eq: id }, position: { $lt: document.position } } as Filter<Stored<C>>;
  return { replaceOne: { filter: older, replacement: fields as unknown as WithoutId<Stored<C>>, upsert } };
}

function stored<C extends Collection>({ id, ...fields }: Documents[C]): OptionalUnlessRequiredId<Stored<C>> {
  return { _id: id, ...fields } as unknown as OptionalUnlessRequiredId<Stored<C>>;
}
