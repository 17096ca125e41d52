import Database from 'libsql';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import path from 'node:path';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import type { LeafHashes } from '../../src/audit/leaf-hashes.js';
import { leafHash } from '../../src/audit/merkle.js';
import { originOf } from '../../src/audit/origin.js';
import { Seal, type NoteKey, type SealOptions } from '../../src/audit/seal.js';
import { verifierOf, type Verifier } from '../../src/audit/verifier-key.js';
import { SEAL_STREAM } from '../../src/domain/streams.js';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import { AuthenticLog } from '../../src/event-store/authentic-log.js';
import { leafRecord } from '../../src/event-store/event-record.js';
import type { NewEvent } from '../../src/event-store/event-log.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { rootOf } from './audit-vectors.js';
import { TestLog } from './event-log/open-test-log.js';
import { freshDevice, issued, NOW, rotated } from './event-log/some-family.js';
import { openTestLeafHashes } from './leaf-hashes.js';
import { openSqliteFile } from './open-sqlite-file.js';
import { temporaryFolder } from './temporary-folder.js';

const APPENDS_AT_ONCE = 250;

/** A new key that signs notes. */
export function newNoteKey(kid = 'note'): NoteKey {
  const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
  return { kid, key, publicKey };
}

type DeviceStream = ReturnType<typeof freshDevice>;

/** A log in a file of its own, with what seals it, and a way to change the file as another tool can. */
export interface SealedLog {
  /** Where the file is. */
  readonly file: string;
  /** Where the leaf hashes are. */
  readonly leavesFile: string;
  readonly test: TestLog;
  readonly log: OpenedLog;
  readonly leaves: LeafHashes;
  readonly noteKey: NoteKey;
  /** The time that the seal has. */
  now: number;
  /** A seal as a new process has it. */
  seal(options?: Pick<SealOptions, 'rest' | 'recent'>): Seal;
  origin(): string;
  verifier(): Verifier;
  authentic(): AuthenticLog;
  /** Signs in on new devices and refreshes there a few times: `devices` × 4 events. */
  happen(devices: number): Promise<readonly string[]>;
  /** The same with many events a device in one append each, for a large log; resolves to the streams in their order. */
  happenAtOnce(devices: number, events: number): Promise<readonly DeviceStream[]>;
  /** The notes, oldest first. */
  notes(): Promise<readonly string[]>;
  /** All events in streams of ours. */
  recorded(): Promise<readonly RecordedEvent[]>;
  /** The hashes of their leaves. */
  hashes(): Promise<readonly Buffer[]>;
  /** The root over the first so many leaves. */
  rootAt(size: number): Promise<Buffer>;
  /** Changes the file with other tools. */
  tamper(change: (db: Database.Database) => void): void;
  close(): Promise<void>;
}

export async function openSealedLog(): Promise<SealedLog> {
  const folder = temporaryFolder();
  const file = path.join(folder.path, 'log.db');
  const opened = await openSqliteFile(file, [EVENT_STORE_JOBS]);
  const store = openEmbeddedEventStore(opened);
  const test = new TestLog(store);
  const log = await test.open();
  const opening = openTestLeafHashes();
  const { leaves } = opening;
  const noteKey = newNoteKey();
  const authentic = (): AuthenticLog => new AuthenticLog({ store, prefix: test.prefix, keys: test.keys });
  const recorded = async (): Promise<readonly RecordedEvent[]> => store.readAll({ maxCount: 100_000 });
  const sealed: SealedLog = {
    ...{ file, leavesFile: opening.file, test, log, leaves, noteKey, authentic, recorded, now: NOW },
    origin: () => originOf({ configured: null, openedIssuer: log.openedIssuer, histories: log.histories }),
    verifier: () => verifierOf(sealed.origin(), noteKey.publicKey),
    seal: (options = {}) =>
      new Seal({
        ...options,
        ...{ log: authentic(), store, leaves, eventLog: log, origin: () => sealed.origin(), noteKey: () => noteKey },
        ...{ now: () => sealed.now, newId: randomUUID },
      }),
    happen: async (devices) => {
      const names: string[] = [];
      for (let device = 0; device < devices; device += 1) {
        const stream = freshDevice();
        await log.append(stream, [issued()], 'no_stream');
        for (let generation = 1; generation < 4; generation += 1)
          await log.append(stream, [rotated(generation)], generation - 1);
        names.push(test.name(stream));
      }
      return names;
    },
    happenAtOnce: async (devices, events) => {
      const streams = Array.from({ length: devices }, freshDevice);
      const past = (): NewEvent<FamilyEvent>[] =>
        Array.from({ length: events }, (_, generation) => (generation === 0 ? issued() : rotated(generation)));
      for (let from = 0; from < devices; from += APPENDS_AT_ONCE)
        await Promise.all(
          streams.slice(from, from + APPENDS_AT_ONCE).map((stream) => log.append(stream, past(), 'no_stream')),
        );
      return streams;
    },
    notes: async () => (await log.readStream(SEAL_STREAM)).map(({ event }) => event.data.note),
    hashes: async () => (await recorded()).map((event) => leafHash(leafRecord(event))),
    rootAt: async (size) => rootOf((await recorded()).slice(0, size).map(leafRecord)),
    tamper: (change) => {
      const db = new Database(file);
      try {
        change(db);
      } finally {
        db.close();
      }
    },
    close: async () => {
      await store.close();
      await opened.close();
      await opening.close();
      folder.remove();
    },
  };
  return sealed;
}
