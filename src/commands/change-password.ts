import { changePassword as decideChange } from '../domain/account/decide.js';
import { appendToUser, livingFamilyOf } from './bearers-account.js';
import type { Bearer, Commands, Origin, PasswordChange } from './commands.js';
import type { CommandContext } from './context.js';
import { loadAccount } from './load.js';
import { isPasswordOf } from './sign-in.js';
import { untilNoConflict } from './until-no-conflict.js';

/** ChangePassword: whoever knew the old one keeps nothing; the bearer's own family is spared. */
export function changePassword(
  context: CommandContext,
  bearer: Bearer,
  { currentPassword, newPassword }: Parameters<Commands['changePassword']>[1],
  origin: Origin,
): Promise<PasswordChange> {
  return untilNoConflict(async () => {
    const account = await loadAccount(context.eventStore, bearer.userId);
    const spared = account && (await livingFamilyOf(context, bearer, account));
    if (account === null || spared === null) return { outcome: 'session_ended' };
    if (!(await isPasswordOf(context, account, currentPassword))) return { outcome: 'invalid_credentials' };
    const hash = await context.passwords.hash(newPassword);
    const passwordHash = await context.sealing.seal(bearer.userId, 'password_hash', hash);
    const events = decideChange(account, passwordHash, spared);
    const position = await appendToUser(context, { bearer, events, revision: account.revision, origin });
    return { outcome: 'changed', position };
  });
}
