import { SEAL_STREAM } from '../domain/streams.js';
import { leafRecord } from '../event-store/event-record.js';
import type { EventLog } from '../event-store/event-log.js';
import type { EventStore } from '../event-store/event-store.js';
import type { LeafHashes } from './leaf-hashes.js';
import { LogTree, type LogTreeOptions } from './log-tree.js';
import { inclusionRanges, leafHash, RangeRoots } from './merkle.js';
import { isIncluded, type TreeHead } from './merkle-proof.js';
import { parseNote } from './note.js';
import { pagesOfLeaves } from './stored-tree.js';
import { formatProof } from './tlog-proof.js';

export interface ProveOptions extends LogTreeOptions {
  readonly store: Pick<EventStore, 'holds' | 'readStream'>;
  readonly eventLog: Pick<EventLog, 'readNewest'>;
}

/** An event cannot be proved; the message says why. */
export class NotProvableError extends Error {
  override readonly name = 'NotProvableError';
}

/** The newest note of the log, as it is; null if there is none. Rejects as the log does. */
export async function newestNote(eventLog: Pick<EventLog, 'readNewest'>): Promise<string | null> {
  return (await eventLog.readNewest(SEAL_STREAM))?.event.data.note ?? null;
}

/**
 * Proves that an event stands in the log that the newest note signs: the text of a `.tlog-proof`, whose `extra` is the record of the
 * event's leaf. Rejects with `NotProvableError`, with `InconsistentLogError` if the log does not fit the note, and as the stores do.
 */
export async function prove(options: ProveOptions, eventId: string): Promise<string> {
  const { eventLog, leaves } = options;
  const note = await newestNote(eventLog);
  if (note === null) throw new NotProvableError('there is no checkpoint note yet: a server appends the first one soon');
  const head = parseNote(note);
  for (let isSecond = false; ; isSecond = true) {
    await LogTree.open(options, head);
    const proof = await proofUnder(options, eventId, { ...head, note });
    if (proof !== null) return proof;
    if (isSecond) throw new NotProvableError('the leaf hashes beside the log change meanwhile: try again');
    // Somebody has damaged them: they are made of the log again.
    await leaves.clear();
  }
}

/** Null if the stored leaves are not those that the note confirms. */
async function proofUnder(
  { leaves, store }: ProveOptions,
  eventId: string,
  head: TreeHead & { readonly note: string },
): Promise<string | null> {
  const index = await leaves.indexOf(eventId);
  if (index === null || index >= head.size) {
    if (await isAmong(leaves, eventId, head.size)) return null;
    throw new NotProvableError(`no note covers an event ${eventId}: it is not there, or so new that it is not sealed yet`);
  }
  const [leaf] = await leaves.read(index, 1);
  if (leaf?.eventId !== eventId) return null;
  const [event] = await store.readStream(leaf.stream, { from: leaf.revision, maxCount: 1 });
  const record = event === undefined ? null : leafRecord(event);
  const hashes = await pathOf(leaves, index, head.size);
  if (hashes === null || !isIncluded({ index, leaf: leaf.hash, proof: hashes }, head)) return null;
  if (record === null || !leafHash(record).equals(leaf.hash))
    throw new NotProvableError(`event ${eventId} does not stand any more where it was sealed: verify the log`);
  return formatProof({ extra: record, index, hashes, note: head.note });
}

/** The hashes from a leaf to the root of a tree; null if leaves are missing. */
async function pathOf(leaves: LeafHashes, index: number, size: number): Promise<readonly Buffer[] | null> {
  const roots = new RangeRoots(inclusionRanges(index, size));
  let count = 0;
  for await (const page of pagesOfLeaves(leaves, 0, size))
    for (const { hash } of page) {
      roots.add(count, hash);
      count += 1;
    }
  return count < size ? null : roots.roots();
}

/** Whether one of the first leaves is an event's, though it is not found by that. */
async function isAmong(leaves: LeafHashes, eventId: string, size: number): Promise<boolean> {
  for await (const page of pagesOfLeaves(leaves, 0, size)) if (page.some((leaf) => leaf.eventId === eventId)) return true;
  return false;
}
