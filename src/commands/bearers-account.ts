import { userStream, type AccountEvent } from '../domain/account/events.js';
import type { AccountFacts, SparedFamily } from '../domain/account/state.js';
import { isAlive } from '../domain/token-family/end-token.js';
import type { Position } from '../event-store/position.js';
import type { Bearer, Origin } from './commands.js';
import { currentInstant, type CommandContext } from './context.js';
import { loadFamily } from './load.js';
import { recording } from './recording.js';

/**
 * The bearer's family with the epoch it has now; null if it is not alive: only a living family can be spared. `account` must be
 * the very one that the revocation is then appended to: a revocation in between would otherwise be undone (G4).
 */
export async function livingFamilyOf(
  context: CommandContext,
  { userId, deviceId, sid }: Bearer,
  account: AccountFacts,
): Promise<SparedFamily | null> {
  const family = await loadFamily(context.eventStore, userId, deviceId);
  const alive = family !== null && isAlive(family.state, { sid, account, now: currentInstant(context) });
  return alive ? { sid, epoch: family.state.epoch } : null;
}

/** Appends to the bearer's own user's stream. */
export async function appendToUser(
  context: CommandContext,
  append: {
    readonly bearer: Bearer;
    readonly events: readonly AccountEvent[];
    readonly revision: number;
    readonly origin: Origin;
  },
): Promise<Position> {
  const { userId } = append.bearer;
  const cause = { correlationId: append.origin.correlationId, actor: { kind: 'user', userId } as const };
  const events = recording(context, append.events, cause);
  return (await context.eventStore.append(userStream(userId), events, append.revision)).position;
}
