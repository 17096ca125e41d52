import { SEAL_STREAM } from '../../domain/streams.js';
import type { EventLog } from '../../event-store/event-log.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Position } from '../../event-store/position.js';
import { LogTree, type LogTreeOptions } from '../log-tree.js';
import { parseNote } from '../note.js';
import { placeOfLeaf } from '../stored-tree.js';

export interface SealedOptions extends LogTreeOptions {
  readonly store: Pick<EventStore, 'holds' | 'readStream'>;
  readonly eventLog: Pick<EventLog, 'readNewest'>;
}

/**
 * Where the last event stands that the newest note covers; null if there is no note. The hashes of all leaves up to there are kept
 * then. Rejects with `InconsistentLogError` if the log does not fit the note, and as the stores do.
 */
export async function sealedUpTo(options: SealedOptions): Promise<Position | null> {
  const note = await options.eventLog.readNewest(SEAL_STREAM, { fromLeader: true });
  if (note === null) return null;
  const head = parseNote(note.event.data.note);
  await LogTree.open(options, head);
  // A position that the note's event names is one of the store in which it was signed.
  return (await placeOfLeaf(options.leaves, options.store, head.size - 1))?.position ?? null;
}
