import path from 'node:path';
import type { Config } from './config.js';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from './event-store/embedded/embedded-event-store.js';
import type { EventStore } from './event-store/event-store.js';
import { KEY_STORE_JOBS, openEmbeddedKeyStore } from './key-store/embedded/embedded-key-store.js';
import type { KeyStore } from './key-store/key-store.js';
import { openEmbeddedLeases } from './read-model/embedded/embedded-leases.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from './read-model/embedded/embedded-read-model.js';
import type { Leases } from './read-model/leases.js';
import type { ReadModel } from './read-model/read-model.js';
import { SqliteFile } from './sqlite/sqlite-file.js';

/** The stores of an installation, opened. */
export interface Stores {
  readonly eventStore: EventStore;
  readonly readModel: ReadModel;
  readonly leases: Leases;
  readonly keyStore: KeyStore;
  /** Names this process among those that want a lease. */
  readonly leaseHolder: string;
  close(): Promise<void>;
}

/** The file of log and read model on the embedded side. */
export function embeddedFile(dataDir: string): string {
  return path.join(dataDir, 'tokenledger.db');
}

/** Opens the adapters that the configuration chooses. Rejects with `SqliteOpenError`. */
export async function openStores({ dataDir }: Pick<Config, 'dataDir'>): Promise<Stores> {
  const file = await SqliteFile.open(embeddedFile(dataDir), { jobs: [EVENT_STORE_JOBS, READ_MODEL_JOBS] });
  let keys: SqliteFile;
  try {
    keys = await SqliteFile.open(path.join(dataDir, 'user-keys.db'), { jobs: [KEY_STORE_JOBS] });
  } catch (error) {
    await file.close();
    throw error;
  }
  const eventStore = openEmbeddedEventStore(file);
  return {
    eventStore,
    readModel: openEmbeddedReadModel(file),
    leases: openEmbeddedLeases(file),
    keyStore: openEmbeddedKeyStore(keys),
    // One process has the file: after a crash its lease is its own again at once.
    leaseHolder: 'embedded',
    close: async () => {
      await eventStore.close();
      await file.close();
      await keys.close();
    },
  };
}
