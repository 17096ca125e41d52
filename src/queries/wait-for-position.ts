import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '../event-store/position.js';
import type { ReadModel } from '../read-model/read-model.js';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 25;

/**
 * Waits until the read model has applied the log up to a position, so that who has written reads it (G12): true once it has,
 * false if it has not within `timeoutMs`. Rejects with `StoreUnavailableError` if the read model cannot answer.
 */
export async function waitForPosition(
  readModel: Pick<ReadModel, 'checkpoint'>,
  position: Position,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const checkpoint = await readModel.checkpoint();
    if (checkpoint !== null && checkpoint >= position) return true;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await sleep(Math.min(pauseMs, left));
  }
}
