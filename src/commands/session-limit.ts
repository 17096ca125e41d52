import { lives } from '../domain/account/state.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import type { Position } from '../event-store/position.js';
import type { SessionDocument } from '../read-model/documents.js';
import type { CommandContext } from './context.js';
import { endFamily } from './end-family.js';

const WAIT_MS = 2_000;

/**
 * Ends the families that a user has beyond `maxSessionsPerUser`, those issued first. The read model says where to look, and each
 * family's own stream decides. Best effort: it is left out while the read model does not answer or does not catch up.
 */
export async function limitSessions(
  context: CommandContext,
  {
    userId,
    position,
    correlationId,
  }: { readonly userId: string; readonly position: Position; readonly correlationId: string },
): Promise<void> {
  try {
    // Most users have few sessions: a look before waiting costs them nothing.
    const known = await context.sessions.countActiveSessionsOf(userId, context.maxSessionsPerUser);
    if (known < context.maxSessionsPerUser) return;
    if (!(await context.waitForPosition(position, WAIT_MS))) return;
    for (const { deviceId, id: sid } of await beyondLimit(context, userId)) {
      const ending = { reason: 'session_limit', actor: 'system', correlationId } as const;
      const ended = await endFamily(context, { userId, deviceId, sid }, ending);
      if (ended?.revoked === true) context.onEnded('session_limit');
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
}

async function beyondLimit(
  { sessions, now, maxSessionsPerUser }: CommandContext,
  userId: string,
): Promise<readonly SessionDocument[]> {
  // Sessions first: an account read after them knows every revocation that they may have missed.
  const active = await sessions.activeSessionsOf(userId);
  const account = await sessions.account(userId);
  if (account === null) return [];
  const at = now();
  const alive = active
    .filter(({ id: sid, epoch, endsAt, status }) => status === 'active' && endsAt > at && lives({ sid, epoch }, account))
    .sort((a, b) => (a.issuedPosition < b.issuedPosition ? -1 : 1));
  return alive.slice(0, Math.max(0, alive.length - maxSessionsPerUser));
}
