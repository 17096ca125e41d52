import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { MongoConnection } from '../adapters/mongodb/mongo-connection.js';
import type { SqliteFile } from '../adapters/sqlite/sqlite-file.js';
import type { Config } from '../config.js';
import { storeFiles } from '../config/data-files.js';
import type { LeafHashes } from '../audit/leaf-hashes.js';
import { archivesOf } from '../config/data-files.js';
import type { Archives } from '../event-store/archives.js';
import type { EventStore } from '../event-store/event-store.js';
import { WholeLogStore } from '../event-store/whole-log-store.js';
import type { HighWaterMark } from '../key-store/high-water-mark.js';
import type { KeyStore } from '../key-store/key-store.js';
import type { Checkpoints, Leases } from '../processors/ports.js';
import type { ReadModel } from '../read-model/read-model.js';
import type { LimitCounters } from '../security/limits/limit-counters.js';
import { READ_MODEL_VERSION } from '../../projections/collections.js';
import { configured } from './configured.js';

/** The stores of an installation, opened. */
export interface Stores {
  /** The log, and what was archived of it as far as its archives are there. */
  readonly eventStore: EventStore;
  /** The log itself. */
  readonly logStore: EventStore;
  readonly archives: Archives;
  /** Whether this process is the only one that has the log. */
  readonly logIsEmbedded: boolean;
  readonly readModel: ReadModel;
  readonly leases: Leases;
  readonly checkpoints: Checkpoints;
  readonly keyStore: KeyStore;
  readonly highWaterMark: HighWaterMark;
  readonly leafHashes: LeafHashes;
  readonly limitCounters: LimitCounters;
  /** Which DPoP proofs were used: apart, so that a flood of proofs pushes no other counter out. */
  readonly usedProofs: LimitCounters;
  /** Names this process among those that want a lease. */
  readonly leaseHolder: string;
  close(): Promise<void>;
}

/** What the stores report beside their answers. */
export interface StoreEvents {
  /** A writer ended by itself: nothing can be written any more, so the process must answer what it has begun and end. */
  readonly onFatal: (error: Error) => void;
  /** Something beside a job failed; what the job was to do is stored. */
  readonly onWarning: (reason: string) => void;
  /** The shared counters of the limits do not answer, so each instance counts for itself; null: they answer again. */
  readonly onLimitsOutage: (error: unknown) => void;
}

/** Where log and users' keys of a configuration are, in words. */
export function placesOf({ dataDir, eventStoreUrl, mongoUrl }: Pick<Config, 'dataDir' | 'eventStoreUrl' | 'mongoUrl'>): {
  readonly log: string;
  readonly userKeys: string;
} {
  return {
    log: eventStoreUrl === null ? path.resolve(storeFiles(dataDir).log) : 'the server of EVENTSTORE_URL',
    userKeys: mongoUrl === null ? path.resolve(storeFiles(dataDir).userKeys) : 'the database of MONGODB_URL',
  };
}

/** What of the configuration says where the stores are. */
export type StoresConfig = Pick<Config, 'dataDir' | 'archiveDir' | 'eventStoreUrl' | 'mongoUrl' | 'streamPrefix'> & {
  /** Open an embedded log as it is, only to read it: what another tool has made of its tables is for a verification to say. */
  readonly isLogOnlyRead?: boolean;
};

/** Something opened that must be closed. */
interface Opened {
  close(): Promise<void>;
}

type Keep = <T extends Opened>(part: T) => T;

/**
 * Opens the adapters that the configuration chooses; the others are not even loaded. Rejects with `SqliteOpenError`, or with
 * `ConfigError` for a connection string that cannot be used; a server that does not answer is waited for by those who
 * ask something of it.
 */
export async function openStores(
  config: StoresConfig,
  events: StoreEvents = { onFatal: ignore, onWarning: ignore, onLimitsOutage: ignore },
): Promise<Stores> {
  const opened: Opened[] = [];
  // The last first, so that nothing uses what is closed already.
  const close = async (): Promise<void> => {
    for (const part of opened.toReversed()) await part.close();
  };
  const keep: Keep = (part) => {
    opened.push(part);
    return part;
  };
  try {
    const log = await openLog(config, events, keep);
    const others = await (config.mongoUrl === null
      ? embeddedStores(config, { events, keep, logFile: log.file })
      : mongoStores(config.mongoUrl, events, keep));
    const { ArchiveFolder } = await import('../adapters/files/archives/archive-folder.js');
    const archives = new ArchiveFolder(config.archiveDir ?? archivesOf(config.dataDir));
    const eventStore = new WholeLogStore(log.eventStore, archives, config.streamPrefix);
    return { eventStore, logStore: log.eventStore, archives, logIsEmbedded: log.file !== null, ...others, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openLog(
  { dataDir, eventStoreUrl, mongoUrl, isLogOnlyRead = false }: StoresConfig,
  events: StoreEvents,
  keep: Keep,
): Promise<{ readonly eventStore: EventStore; readonly file: SqliteFile | null }> {
  if (eventStoreUrl !== null) {
    const { openEventStoreDb } = await import('../adapters/eventstoredb/eventstoredb-event-store.js');
    return { eventStore: keep(configured('EVENTSTORE_URL', () => openEventStoreDb(eventStoreUrl))), file: null };
  }
  const { EVENT_STORE_JOBS, READING_JOBS, openEmbeddedEventStore } =
    await import('../adapters/sqlite/event-store/embedded-event-store.js');
  const ofLog = isLogOnlyRead ? READING_JOBS : EVENT_STORE_JOBS;
  const jobs = mongoUrl === null ? [ofLog, await readModelJobs()] : [ofLog];
  const file = keep(await openFile(storeFiles(dataDir).log, jobs, events));
  return { eventStore: keep(openEmbeddedEventStore(file)), file };
}

/** What is not the log. */
type OtherStores = Omit<Stores, 'eventStore' | 'logStore' | 'archives' | 'logIsEmbedded' | 'close'>;

async function embeddedStores(
  { dataDir }: Pick<Config, 'dataDir'>,
  { events, keep, logFile }: { readonly events: StoreEvents; readonly keep: Keep; readonly logFile: SqliteFile | null },
): Promise<OtherStores> {
  const { openEmbeddedReadModel } = await import('../adapters/sqlite/read-model/embedded-read-model.js');
  const { openEmbeddedLeases } = await import('../adapters/sqlite/read-model/embedded-leases.js');
  const { openEmbeddedCheckpoints } = await import('../adapters/sqlite/read-model/embedded-checkpoints.js');
  const { KEY_STORE_JOBS, openEmbeddedKeyStore } = await import('../adapters/sqlite/key-store/embedded-key-store.js');
  const { HIGH_WATER_JOBS, openEmbeddedHighWaterMark } =
    await import('../adapters/sqlite/key-store/embedded-high-water-mark.js');
  const { LEAF_HASH_JOBS, openEmbeddedLeafHashes } = await import('../adapters/sqlite/audit/embedded-leaf-hashes.js');
  const { MemoryLimitCounters } = await import('../security/limits/memory-limit-counters.js');
  // Not the file of an embedded log of former times: the read model in there is of that log.
  const files = storeFiles(dataDir);
  const file = logFile ?? keep(await openFile(files.readModel, [await readModelJobs()], events));
  const keysFile = keep(await openFile(files.userKeys, [KEY_STORE_JOBS, HIGH_WATER_JOBS], events));
  const leafHashes = openEmbeddedLeafHashes(() => openFile(files.leafHashes, [LEAF_HASH_JOBS], events));
  return {
    readModel: openEmbeddedReadModel(file, READ_MODEL_VERSION),
    leases: openEmbeddedLeases(),
    checkpoints: openEmbeddedCheckpoints(file),
    keyStore: openEmbeddedKeyStore(keysFile),
    highWaterMark: openEmbeddedHighWaterMark(keysFile),
    leafHashes: keep(leafHashes),
    limitCounters: new MemoryLimitCounters(),
    usedProofs: new MemoryLimitCounters(),
    leaseHolder: 'embedded',
  };
}

async function mongoStores(url: string, { onLimitsOutage }: StoreEvents, keep: Keep): Promise<OtherStores> {
  const { MongoConnection } = await import('../adapters/mongodb/mongo-connection.js');
  const connection: MongoConnection = keep(configured('MONGODB_URL', () => MongoConnection.open(url)));
  const { openMongoReadModel } = await import('../adapters/mongodb/read-model/mongo-read-model.js');
  const { openMongoLeases } = await import('../adapters/mongodb/read-model/mongo-leases.js');
  const { openMongoCheckpoints } = await import('../adapters/mongodb/read-model/mongo-checkpoints.js');
  const { openMongoKeyStore } = await import('../adapters/mongodb/key-store/mongo-key-store.js');
  const { openMongoHighWaterMark } = await import('../adapters/mongodb/key-store/mongo-high-water-mark.js');
  const { openMongoLeafHashes } = await import('../adapters/mongodb/audit/mongo-leaf-hashes.js');
  const { MongoLimitCounters } = await import('../adapters/mongodb/mongo-limit-counters.js');
  return {
    readModel: openMongoReadModel(connection, READ_MODEL_VERSION),
    leases: openMongoLeases(connection),
    checkpoints: openMongoCheckpoints(connection),
    keyStore: openMongoKeyStore(connection),
    highWaterMark: openMongoHighWaterMark(connection),
    leafHashes: openMongoLeafHashes(connection),
    limitCounters: new MongoLimitCounters(connection.store('read model'), { onOutage: onLimitsOutage }),
    usedProofs: new MongoLimitCounters(connection.store('read model'), { collection: 'dpop_proofs' }),
    leaseHolder: randomUUID(),
  };
}

async function readModelJobs(): Promise<URL> {
  return (await import('../adapters/sqlite/read-model/embedded-read-model.js')).READ_MODEL_JOBS;
}

async function openFile(file: string, jobs: readonly URL[], events: StoreEvents): Promise<SqliteFile> {
  const { SqliteFile } = await import('../adapters/sqlite/sqlite-file.js');
  return SqliteFile.open(file, { jobs, onFatal: events.onFatal, onWarning: events.onWarning });
}

function ignore(): void {
  // Nobody asked to hear of it.
}
