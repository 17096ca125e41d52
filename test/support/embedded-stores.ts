import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { openEmbeddedCheckpoints } from '../../src/adapters/sqlite/read-model/embedded-checkpoints.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from '../../src/adapters/sqlite/read-model/embedded-read-model.js';
import type { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { openEventLog, type OpenedLog } from '../../src/event-store/open-event-log.js';
import type { Checkpoints } from '../../src/processors/ports.js';
import { READ_MODEL_VERSION } from '../../projections/collections.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { TestKeys } from './event-log/integrity-keys.js';
import { openSqliteFile } from './open-sqlite-file.js';

/** The file in a folder that holds all of them. */
export const TEST_FILE = 'test.db';

/** Log, read model and checkpoints in one file of a folder, as the embedded default has them. */
export interface EmbeddedStores {
  readonly eventStore: EventStore;
  readonly readModel: ReadModel;
  readonly checkpoints: Checkpoints;
  readonly file: SqliteFile;
  close(): Promise<void>;
}

export async function openEmbeddedStores(folder: string): Promise<EmbeddedStores> {
  const file = await openSqliteFile(path.join(folder, TEST_FILE), [EVENT_STORE_JOBS, READ_MODEL_JOBS]);
  const eventStore = openEmbeddedEventStore(file);
  const close = async (): Promise<void> => {
    await eventStore.close();
    await file.close();
  };
  const readModel = openEmbeddedReadModel(file, READ_MODEL_VERSION);
  return { eventStore, readModel, checkpoints: openEmbeddedCheckpoints(file), file, close };
}

/** Opens the log alone in the file `at`, gives it to `use`, and closes it. */
export async function withEventStore<R>(at: string, use: (store: EventStore) => Promise<R>): Promise<R> {
  const file = await openSqliteFile(at, [EVENT_STORE_JOBS]);
  try {
    return await use(openEmbeddedEventStore(file));
  } finally {
    await file.close();
  }
}

/** The decoded log over a store, MACed by a key that every test has. One store holds as many as there are prefixes. */
export function openTestLog(store: EventStore, prefix = 'test_'): Promise<OpenedLog> {
  return openEventLog({
    store,
    prefix,
    keys: new TestKeys('key'),
    issuer: 'http://test',
    runSuffix: null,
    now: Date.now,
    newId: randomUUID,
    mayOpen: true,
  });
}
