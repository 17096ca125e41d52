import { ForeignPositionError } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { HighWater } from '../key-store/high-water-mark.js';

/** Whether the log is still the one of its high-water mark; true if there is none. Rejects as the store does. */
export async function isMarkHeld(
  { store, mark }: { readonly store: Pick<EventStore, 'holds'>; readonly mark: HighWater | null },
  histories: readonly string[],
): Promise<boolean> {
  if (mark === null) return true;
  if (!histories.includes(mark.historyId)) return false;
  try {
    return await store.holds({ position: mark.position, eventId: mark.eventId });
  } catch (error) {
    if (error instanceof ForeignPositionError) return false;
    throw error;
  }
}
