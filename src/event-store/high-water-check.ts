import { IMPORT_UNDER_WAY, type HighWater } from '../key-store/high-water-mark.js';
import type { EventLog } from './event-log.js';
import { ForeignPositionError } from './errors.js';
import type { EventStore } from './event-store.js';

/** The log is not the one that it was: it ends before what is known of it, or another event stands there (G17). */
export class RestoredLogError extends Error {
  override readonly name = 'RestoredLogError';
}

const WHAT_TO_DO =
  'Put back the newest log; or, if this one is to go on, stop every instance and run `tokenledger log restored --yes`.';

const UNFINISHED_IMPORT =
  'An import into this log was interrupted: the log may end anywhere. Remove the log and import again; or, if it is to go on as it is, stop every instance and run `tokenledger log restored --yes`.';

/** Throws `RestoredLogError` while an import is under way or was interrupted, by the mark that it sets first. */
export function checkImported(mark: HighWater | null): void {
  if (mark?.historyId === IMPORT_UNDER_WAY) throw new RestoredLogError(UNFINISHED_IMPORT);
}

/**
 * Compares the log with the high-water mark: at the start, and whenever the store is connected to again. Rejects with
 * `RestoredLogError` if the log is not the one of the mark, or as the store does. Scavenged events are no difference.
 */
export async function checkHighWater(
  { store, log }: { readonly store: Pick<EventStore, 'holds'>; readonly log: Pick<EventLog, 'histories'> },
  mark: HighWater | null,
): Promise<void> {
  checkImported(mark);
  if (mark === null) return;
  if (!log.histories.some(({ historyId }) => historyId === mark.historyId))
    throw new RestoredLogError(`The log knows nothing of its history ${mark.historyId}: it is another log. ${WHAT_TO_DO}`);
  if (!(await isHeld(store, mark)))
    throw new RestoredLogError(
      `The log was at position ${mark.position} with event ${mark.eventId}, and does not hold it any more: it was put back to an earlier moment. ${WHAT_TO_DO}`,
    );
}

async function isHeld(store: Pick<EventStore, 'holds'>, { position, eventId }: HighWater): Promise<boolean> {
  try {
    return await store.holds({ position, eventId });
  } catch (error) {
    if (error instanceof ForeignPositionError) return false;
    throw error;
  }
}
