import { SEAL_STREAM } from '../domain/streams.js';
import { leafRecord } from '../event-store/event-record.js';
import type { EventLog } from '../event-store/event-log.js';
import type { EventStore } from '../event-store/event-store.js';
import { LogTree, type LogTreeOptions } from './log-tree.js';
import { inclusionRanges, leafHash, RangeRoots } from './merkle.js';
import { parseNote } from './note.js';
import { formatProof } from './tlog-proof.js';

export interface ProveOptions extends LogTreeOptions {
  readonly store: Pick<EventStore, 'holds' | 'readStream'>;
  readonly eventLog: Pick<EventLog, 'readNewest'>;
}

/** An event cannot be proved; the message says why. */
export class NotProvableError extends Error {
  override readonly name = 'NotProvableError';
}

const PAGE = 5_000;

/** The newest note of the log, as it is; null if there is none. Rejects as the log does. */
export async function newestNote(eventLog: Pick<EventLog, 'readNewest'>): Promise<string | null> {
  return (await eventLog.readNewest(SEAL_STREAM))?.event.data.note ?? null;
}

/**
 * Proves that an event stands in the log that the newest note signs: the text of a `.tlog-proof`, whose `extra` is the record of the
 * event's leaf. Rejects with `NotProvableError`, with `InconsistentLogError` if the log does not fit the note, and as the stores do.
 */
export async function prove(options: ProveOptions, eventId: string): Promise<string> {
  const { eventLog, leaves, store } = options;
  const note = await newestNote(eventLog);
  if (note === null) throw new NotProvableError('there is no checkpoint note yet: a server appends the first one soon');
  const head = parseNote(note);
  await LogTree.open(options, head);
  const index = await leaves.indexOf(eventId);
  if (index === null || index >= head.size)
    throw new NotProvableError(`no note covers an event ${eventId}: it is not there, or so new that it is not sealed yet`);
  const [leaf] = await leaves.read(index, 1);
  const [event] = leaf === undefined ? [] : await store.readStream(leaf.stream, { from: leaf.revision, maxCount: 1 });
  const record = event === undefined ? null : leafRecord(event);
  if (leaf === undefined || record === null || !leafHash(record).equals(leaf.hash))
    throw new NotProvableError(`event ${eventId} does not stand any more where it was sealed: verify the log`);
  const roots = new RangeRoots(inclusionRanges(index, head.size));
  for (let from = 0; from < head.size; from += PAGE)
    for (const [offset, { hash }] of (await leaves.read(from, PAGE)).entries())
      if (from + offset < head.size) roots.add(from + offset, hash);
  return formatProof({ extra: record, index, hashes: roots.roots(), note });
}
