import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Config } from './config.js';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from './adapters/sqlite/event-store/embedded-event-store.js';
import type { EventStore } from './event-store/event-store.js';
import { openEventStoreDb } from './adapters/eventstoredb/eventstoredb-event-store.js';
import { KEY_STORE_JOBS, openEmbeddedKeyStore } from './adapters/sqlite/key-store/embedded-key-store.js';
import type { KeyStore } from './key-store/key-store.js';
import { openMongoKeyStore } from './adapters/mongodb/key-store/mongo-key-store.js';
import { MongoConnection } from './adapters/mongodb/mongo-connection.js';
import { openEmbeddedLeases } from './adapters/sqlite/read-model/embedded-leases.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from './adapters/sqlite/read-model/embedded-read-model.js';
import type { Leases } from './read-model/leases.js';
import { openMongoLeases } from './adapters/mongodb/read-model/mongo-leases.js';
import { openMongoReadModel } from './adapters/mongodb/read-model/mongo-read-model.js';
import type { ReadModel } from './read-model/read-model.js';
import { SqliteFile } from './adapters/sqlite/sqlite-file.js';

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

// The read model is in it too, unless MongoDB holds that.
const LOG_FILE = 'tokenledger.db';

/** The file of the log on the embedded side. */
export function embeddedFile(dataDir: string): string {
  return path.join(dataDir, LOG_FILE);
}

/** Something opened that must be closed. */
interface Opened {
  close(): Promise<void>;
}

/**
 * Opens the adapters that the configuration chooses. Rejects with `SqliteOpenError`, or with `StoreUnavailableError` for a
 * connection string that cannot be used; a server that is away is waited for by those who ask something of it.
 */
export async function openStores(config: Pick<Config, 'dataDir' | 'eventStoreUrl' | 'mongoUrl'>): Promise<Stores> {
  const opened: Opened[] = [];
  // The last first, so that nothing uses what is closed already.
  const close = async (): Promise<void> => {
    for (const part of opened.toReversed()) await part.close();
  };
  const keep = <T extends Opened>(part: T): T => {
    opened.push(part);
    return part;
  };
  const openFile = async (name: string, jobs: readonly URL[]): Promise<SqliteFile> =>
    keep(await SqliteFile.open(path.join(config.dataDir, name), { jobs }));
  try {
    const { eventStoreUrl, mongoUrl } = config;
    const mongo = mongoUrl === null ? null : keep(MongoConnection.open(mongoUrl));
    if (eventStoreUrl === null) {
      const file = await openFile(LOG_FILE, mongo === null ? [EVENT_STORE_JOBS, READ_MODEL_JOBS] : [EVENT_STORE_JOBS]);
      const eventStore = keep(openEmbeddedEventStore(file));
      return { eventStore, ...(mongo === null ? await embeddedViews(file, openFile) : mongoViews(mongo)), close };
    }
    const eventStore = keep(openEventStoreDb(eventStoreUrl));
    if (mongo !== null) return { eventStore, ...mongoViews(mongo), close };
    // Not the file of an embedded log: the read model in there tells of that log.
    const file = await openFile('read-model.db', [READ_MODEL_JOBS]);
    return { eventStore, ...(await embeddedViews(file, openFile)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is not the log. */
type Views = Omit<Stores, 'eventStore' | 'close'>;

async function embeddedViews(
  file: SqliteFile,
  openFile: (name: string, jobs: readonly URL[]) => Promise<SqliteFile>,
): Promise<Views> {
  return {
    readModel: openEmbeddedReadModel(file),
    leases: openEmbeddedLeases(file),
    keyStore: openEmbeddedKeyStore(await openFile('user-keys.db', [KEY_STORE_JOBS])),
    // One process has the file: after a crash its lease is its own again at once.
    leaseHolder: 'embedded',
  };
}

function mongoViews(connection: MongoConnection): Views {
  return {
    readModel: openMongoReadModel(connection),
    leases: openMongoLeases(connection),
    keyStore: openMongoKeyStore(connection),
    leaseHolder: randomUUID(),
  };
}
