import type { Context } from 'koa';
import { isPosition, type Position } from '../event-store/position.js';
import { Problem } from './problem.js';

const LONGEST_WAIT_MS = 2_000;
// For the position that the check of the Bearer token has seen: nobody asked to wait for it.
const UNASKED_WAIT_MS = 250;

/** Waits until the read model shows a position: true once it does, false if it did not in time. */
export type WaitForPosition = (position: Position, timeoutMs: number) => Promise<boolean>;

/** Tells where the log stands after a mutation (G12). */
export function tellPosition(ctx: Context, position: Position): void {
  ctx.set('Log-Position', position);
}

/**
 * Before a query: waits, bounded, until the read model shows what the request names in `If-Log-Position`, and says so if it
 * does not (G12). If nothing is named, it waits a moment for what the bearer's own session has seen. Throws `Problem` 400, 503.
 */
export async function awaitPosition(ctx: Context, seen: Position, wait: WaitForPosition): Promise<void> {
  const asked = ctx.get('If-Log-Position');
  if (asked === '') {
    await wait(seen, UNASKED_WAIT_MS);
    return;
  }
  if (!isPosition(asked))
    throw new Problem('invalid_log_position', { detail: 'Send back a Log-Position as it was given.' });
  if (!(await wait(asked, LONGEST_WAIT_MS))) throw new Problem('not_yet_visible', { headers: { 'Retry-After': '1' } });
}
