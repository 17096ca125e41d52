import { eraseUser as decideErase } from '../domain/account/decide.js';
import { userStream } from '../domain/streams.js';
import { retryOnConflict } from '../event-store/waiting.js';
import { emailKeyOf } from './administer-user.js';
import type { AccountDeletionResult, Bearer, RequestSource } from './commands.js';
import type { CommandContext } from './context.js';
import { causeOf, recording } from './recording.js';
import { isPasswordOf } from './sign-in.js';
import { loadLiving } from './sign-out-all.js';

/**
 * EraseUser by the user: for good, so a recent sign-in is not enough and the password is always checked. The eraser does the rest
 * (src/processors/eraser.ts). Session and password are checked again at each conflict: a change of password in between counts.
 */
export async function deleteAccount(
  context: CommandContext,
  bearer: Bearer,
  { password }: { readonly password: string },
  source: RequestSource,
): Promise<AccountDeletionResult> {
  const { userId } = bearer;
  return retryOnConflict(async () => {
    const living = await loadLiving(context, bearer);
    if (living === null) return { outcome: 'session_ended' };
    const loaded = living.account;
    if (!(await isPasswordOf(context, loaded, password, { source, purpose: 'other' })))
      return { outcome: 'invalid_credentials' };
    const emailKey = await emailKeyOf(context, userId);
    // Who has a living session is registered, so only an account that ended in between has nothing to erase.
    const events = emailKey === null ? [] : decideErase(loaded.account, { emailKey });
    if (events.length === 0) return { outcome: 'session_ended' };
    const recorded = recording(context, events, { ...causeOf(source, 'user'), now: context.now() });
    const { position } = await context.eventLog.append(userStream(userId), recorded, loaded.revision);
    return { outcome: 'deleted', position };
  });
}
