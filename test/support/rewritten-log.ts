import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { CompactRange } from '../../src/audit/merkle.js';
import { signNote } from '../../src/audit/note.js';
import { SEAL_STREAM, type StreamId } from '../../src/domain/streams.js';
import { leafRecord } from '../../src/event-store/event-record.js';
import type { NewEvent } from '../../src/event-store/event-log.js';
import type { StoredEvent } from '../../src/event-store/event-store.js';
import { rotated } from './event-log/some-family.js';
import { asEmbedded } from './log-in-store.js';
import type { SealedLog } from './sealed-log.js';

export interface Rewriting {
  readonly sealed: SealedLog;
  /** Of the event that becomes another one. */
  readonly device: StreamId;
  readonly position: number;
  readonly revision: number;
  /** How many events each note covers. */
  readonly notes: readonly number[];
}

/** Rewrites an event of a file and all notes over it, as somebody can who has all keys: nothing in the log itself shows it. */
export async function rewritten(file: string, { sealed, device, position, revision, notes }: Rewriting): Promise<void> {
  const historyId = sealed.log.histories[0]!.historyId;
  put(file, sealed.test.stored(rotated(revision), { stream: device, revision, historyId }), `position = ${position}`);
  for (const [number, size] of notes.entries()) {
    const root = await rootOf(file, size);
    const note = signNote({ origin: sealed.origin(), size, root }, sealed.noteKey);
    const data = { note, size, position: '1', keyId: sealed.noteKey.kid, origin: sealed.origin() };
    const event: NewEvent = {
      ...{ id: randomUUID(), occurredAt: sealed.now, actor: 'system', correlationId: 'c' },
      event: { type: 'CheckpointSigned', data },
    };
    const stored = sealed.test.stored(event, { stream: SEAL_STREAM, revision: number, historyId });
    put(file, stored, `type = 'CheckpointSigned' and revision = ${number}`);
  }
}

async function rootOf(file: string, size: number): Promise<Buffer> {
  const tree = new CompactRange();
  await asEmbedded(file, async (store) => {
    for (const event of await store.readAll({ maxCount: size })) tree.appendRecord(leafRecord(event));
  });
  return tree.root();
}

function put(file: string, { id, data, metadata }: StoredEvent, where: string): void {
  const db = new Database(file);
  try {
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
    db.prepare(`update events set data = ?, metadata = ?, id = ? where ${where}`).run([data, metadata, bytes]);
  } finally {
    db.close();
  }
}
