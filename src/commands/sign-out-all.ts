import { revokeAllTokens } from '../domain/account/decide.js';
import type { AccountSnapshot, KeptFamily } from '../domain/account/snapshot.js';
import { isTornRead } from '../domain/account/state.js';
import { streamName, userStream } from '../domain/streams.js';
import { isAlive } from '../domain/token-family/end-token.js';
import type { Bearer, RequestSource, SignOutAllResult } from './commands.js';
import type { CommandContext } from './context.js';
import { WrongExpectedRevisionError } from '../event-store/errors.js';
import { loadAccount, loadFamily } from '../event-store/load.js';
import { reauthentication } from './reauthentication.js';
import { causeOf, recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';

/** RevokeAllTokens, on request keeping the bearer's own family: one append, however many devices there are (G5). */
export async function signOutAll(
  context: CommandContext,
  bearer: Bearer,
  { keepCurrent, password }: { readonly keepCurrent: boolean; readonly password: string | null },
  source: RequestSource,
): Promise<SignOutAllResult> {
  const refused = await reauthentication(context, bearer, password, source);
  if (refused !== null) return { outcome: refused };
  return retryOnConflict(async () => {
    const loaded = await loadAccount(context, bearer.userId);
    if (loaded === null) return { outcome: 'session_ended' };
    const { account, revision } = loaded;
    const own = await livingFamilyOf(context, bearer, account);
    if (own === null) return { outcome: 'session_ended' };
    const event = revokeAllTokens(account, { kept: keepCurrent ? own : null, reason: 'logout_all' });
    if (event === null) return { outcome: 'session_ended' };
    const events = recording(context, [event], { ...causeOf(source, 'user'), now: context.now() });
    const { position } = await context.eventLog.append(userStream(bearer.userId), events, revision);
    return { outcome: 'revoked', position };
  });
}

/**
 * The bearer's family with the epoch it has now; null if it is not alive: only an active family can be kept. `account` must be
 * the very one that the revocation is then appended to: otherwise a revocation in between would be undone (G4).
 */
export async function livingFamilyOf(
  context: Pick<CommandContext, 'eventLog' | 'alarms' | 'now'>,
  { userId, deviceId, sid }: Bearer,
  account: AccountSnapshot,
): Promise<KeptFamily | null> {
  const family = await loadFamily(context, userId, deviceId);
  // The family is newer than the account: who reads again sees both.
  if (family !== null && isTornRead(family.state.family, account))
    throw new WrongExpectedRevisionError(streamName(userStream(userId)), 'no_stream', 'no_stream');
  const isLiving = family !== null && isAlive(family.state, { sid, account, now: context.now() });
  return isLiving ? { sid, epoch: family.state.family.epoch } : null;
}
