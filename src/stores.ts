import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Config } from './config.js';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from './event-store/embedded/embedded-event-store.js';
import type { EventStore } from './event-store/event-store.js';
import { KEY_STORE_JOBS, openEmbeddedKeyStore } from './key-store/embedded/embedded-key-store.js';
import type { KeyStore } from './key-store/key-store.js';
import { openMongoKeyStore } from './key-store/mongodb/mongo-key-store.js';
import { MongoConnection } from './mongodb/mongo-connection.js';
import { openEmbeddedLeases } from './read-model/embedded/embedded-leases.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from './read-model/embedded/embedded-read-model.js';
import type { Leases } from './read-model/leases.js';
import { openMongoLeases } from './read-model/mongodb/mongo-leases.js';
import { openMongoReadModel } from './read-model/mongodb/mongo-read-model.js';
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

/** Opens the adapters that the configuration chooses. Rejects with `SqliteOpenError`; a server that is away is waited for. */
export async function openStores({ dataDir, mongoUrl }: Pick<Config, 'dataDir' | 'mongoUrl'>): Promise<Stores> {
  const file = await SqliteFile.open(embeddedFile(dataDir), { jobs: [EVENT_STORE_JOBS, READ_MODEL_JOBS] });
  let views: Views;
  try {
    views = mongoUrl === null ? await embeddedViews(file, dataDir) : mongoViews(mongoUrl);
  } catch (error) {
    await file.close();
    throw error;
  }
  const eventStore = openEmbeddedEventStore(file);
  return {
    eventStore,
    ...views,
    close: async () => {
      await eventStore.close();
      await views.close();
      await file.close();
    },
  };
}

/** What is not the log. */
type Views = Omit<Stores, 'eventStore'>;

async function embeddedViews(file: SqliteFile, dataDir: string): Promise<Views> {
  const keys = await SqliteFile.open(path.join(dataDir, 'user-keys.db'), { jobs: [KEY_STORE_JOBS] });
  return {
    readModel: openEmbeddedReadModel(file),
    leases: openEmbeddedLeases(file),
    keyStore: openEmbeddedKeyStore(keys),
    // One process has the file: after a crash its lease is its own again at once.
    leaseHolder: 'embedded',
    close: () => keys.close(),
  };
}

function mongoViews(url: string): Views {
  const connection = MongoConnection.open(url);
  return {
    readModel: openMongoReadModel(connection),
    leases: openMongoLeases(connection),
    keyStore: openMongoKeyStore(connection),
    leaseHolder: randomUUID(),
    close: () => connection.close(),
  };
}
