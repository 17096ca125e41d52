import { ForeignPositionError } from '../event-store/errors.js';
import type { EventLog } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import type { Progress } from '../read-model/read-model.js';

const PAGE = 500;

/** The read model in place is of another log. The message is a sentence for the operator. */
export class OtherLogError extends Error {
  override readonly name = 'OtherLogError';
}

/**
 * Whether the projector could go on from here: this log holds the last event that was applied, and no other one of ours between it
 * and the checkpoint. A read model to which nothing was applied is of every log. Rejects as the log does.
 */
export async function isOfThisLog(
  log: Pick<EventLog, 'holds' | 'readAll'>,
  { checkpoint, lastEvent }: Pick<Progress, 'checkpoint' | 'lastEvent'>,
): Promise<boolean> {
  if (checkpoint === null || lastEvent === null) return true;
  if (!(await log.holds(lastEvent))) return false;
  try {
    return !(await isAnyBetween(log, lastEvent.position, checkpoint));
  } catch (error) {
    if (error instanceof ForeignPositionError) return false;
    throw error;
  }
}

/** Whether an event of ours stands after a position, up to another one. */
async function isAnyBetween(log: Pick<EventLog, 'readAll'>, from: Position, to: Position): Promise<boolean> {
  for (let after = from; after < to;) {
    const { events, position, isEnd } = await log.readAll({ after, maxCount: PAGE });
    const [first] = events;
    if (first !== undefined) return first.position <= to;
    if (isEnd) return false;
    after = position;
  }
  return false;
}
