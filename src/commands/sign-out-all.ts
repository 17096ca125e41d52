import { revokeAllTokens } from '../domain/account/decide.js';
import type { KeptFamily } from '../domain/account/snapshot.js';
import { userStream } from '../domain/streams.js';
import { isAlive } from '../domain/token-family/end-token.js';
import type { Bearer, RequestSource, SignOutAllResult } from './commands.js';
import type { CommandContext } from './context.js';
import { loadFamilyAndAccount, type LoadedAccount } from '../event-store/load.js';
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
    const living = await loadLiving(context, bearer);
    if (living === null) return { outcome: 'session_ended' };
    const { account, revision } = living.account;
    const own = living.kept;
    const event = revokeAllTokens(account, { kept: keepCurrent ? own : null, reason: 'logout_all' });
    if (event === null) return { outcome: 'session_ended' };
    const events = recording(context, [event], { ...causeOf(source, 'user'), now: context.now() });
    const { position } = await context.eventLog.append(userStream(bearer.userId), events, revision);
    return { outcome: 'revoked', position };
  });
}

/** A bearer whose family lives: the family as it can be kept, and the account that what follows is appended to. */
export interface Living {
  readonly account: LoadedAccount;
  readonly kept: KeptFamily;
}

/**
 * The bearer's account, and the family with the epoch it has now; null if it is not alive: only an active family can be kept. A
 * revocation that comes in between is a conflict of the append at the account's revision, so none is undone (G4).
 */
export async function loadLiving(
  context: Pick<CommandContext, 'eventLog' | 'alarms' | 'now'>,
  { userId, deviceId, sid }: Bearer,
): Promise<Living | null> {
  const loaded = await loadFamilyAndAccount(context, userId, deviceId);
  if (loaded === null) return null;
  const { family, account } = loaded;
  const isLiving = isAlive(family.state, { sid, account: account.account, now: context.now() });
  return isLiving ? { account, kept: { sid, epoch: family.state.family.epoch } } : null;
}
