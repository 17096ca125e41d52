import { revokeAllTokens } from '../domain/account/decide.js';
import { appendToUser, livingFamilyOf } from './bearers-account.js';
import type { Bearer, Origin, SignOutAll } from './commands.js';
import type { CommandContext } from './context.js';
import { loadAccountFacts } from './load.js';
import { untilNoConflict } from './until-no-conflict.js';

/** RevokeAllTokens, on request sparing the bearer's own family: one append, however many devices there are (G5). */
export function signOutAll(
  context: CommandContext,
  bearer: Bearer,
  keepCurrent: boolean,
  origin: Origin,
): Promise<SignOutAll> {
  return untilNoConflict(async () => {
    const account = await loadAccountFacts(context.eventStore, bearer.userId);
    if (account?.state.status !== 'active') return { outcome: 'session_ended' };
    const spared = keepCurrent ? await livingFamilyOf(context, bearer, account.state) : null;
    if (keepCurrent && spared === null) return { outcome: 'session_ended' };
    const events = [revokeAllTokens(account.state, spared)];
    const position = await appendToUser(context, { bearer, events, revision: account.state.revision, origin });
    return { outcome: 'revoked', position };
  });
}
