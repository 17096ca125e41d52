import type { AccountStatus, Role } from '../domain/account/snapshot.js';
import type { Position } from '../event-store/position.js';
import {
  changeRole,
  disableUser,
  enableUser,
  endSessionOf,
  eraseUser,
  signOutUser,
  type Administration,
} from './administer-user.js';
import type { AppendedToUser } from './append-to-user.js';
import type { Bearer, RequestSource, SessionRef } from './commands.js';
import type { CommandContext } from './context.js';
import { requestPasswordReset } from './password-reset.js';
import { inCommand } from './in-command.js';
import { reauthentication } from './reauthentication.js';
import { causeOf } from './recording.js';

/** What became of an account's change. `unchanged`: it was so already, or its status (`status`) does not allow it. */
export type AdministrationResult =
  | { readonly outcome: 'done' | 'unchanged'; readonly status: AccountStatus; readonly position: Position }
  | { readonly outcome: 'not_found' };

/** What administrators and operators may do to somebody's account; each is an event with its actor. Rejects as the stores do. */
export interface AdminCommands {
  disable(of: Administration, reason: string | null): Promise<AdministrationResult>;
  enable(of: Administration, reason: string | null): Promise<AdministrationResult>;
  /** For good. The email, the key and the sessions go afterwards (src/processors/eraser.ts). */
  erase(of: Administration): Promise<AdministrationResult>;
  changeRole(of: Administration, change: { readonly role: Role; readonly granted: boolean }): Promise<AdministrationResult>;
  /** Ends all sessions of the account. */
  signOut(of: Administration): Promise<AdministrationResult>;
  /** Ends one session; `not_found` also if it has ended already. */
  endSession(of: Administration, session: SessionRef): Promise<AdministrationResult>;
  /** Starts a reset: the code goes to the account's own email. */
  startPasswordReset(of: Administration): Promise<AdministrationResult>;
  /** Whether an administrator has proved lately that it is them, or proves it now by their own password. */
  reauthenticated(
    bearer: Bearer,
    password: string | null,
    source: Pick<RequestSource, 'signal'>,
  ): Promise<{ readonly outcome: 'proved' | 'invalid_credentials' | 'reauthentication_required' }>;
}

export function createAdminCommands(context: CommandContext): AdminCommands {
  // Here and not in a route: the operator's tool asks the server for the same.
  const counted = (result: AdministrationResult, reason: 'disabled' | 'erased' | 'admin'): AdministrationResult => {
    if (result.outcome === 'done') context.onEnded(reason);
    return result;
  };
  return {
    disable: (of, reason) =>
      inCommand('DisableUser', async () => counted(resultOf(await disableUser(context, of, reason)), 'disabled')),
    enable: (of, reason) => inCommand('EnableUser', async () => resultOf(await enableUser(context, of, reason))),
    erase: (of) => inCommand('EraseUser', async () => counted(resultOf(await eraseUser(context, of)), 'erased')),
    changeRole: (of, change) =>
      inCommand(change.granted ? 'GrantRole' : 'RevokeRole', async () => resultOf(await changeRole(context, of, change))),
    signOut: (of) => inCommand('RevokeAllTokens', async () => counted(resultOf(await signOutUser(context, of)), 'admin')),
    endSession: (of, session) =>
      inCommand('RevokeToken', async (): Promise<AdministrationResult> => {
        const ended = await endSessionOf(context, of, session);
        if (ended?.revoked !== true) return { outcome: 'not_found' };
        return counted({ outcome: 'done', status: 'active', position: ended.position }, 'admin');
      }),
    startPasswordReset: ({ by, userId, source }) =>
      inCommand('RequestPasswordReset', async () =>
        resultOf(await requestPasswordReset(context, userId, causeOf(source, by))),
      ),
    reauthenticated: async (bearer, password, source) => ({
      outcome: (await reauthentication(context, bearer, password, source)) ?? 'proved',
    }),
  };
}

function resultOf(appended: AppendedToUser): AdministrationResult {
  if (appended.outcome === 'not_found') return appended;
  const { outcome, account, position } = appended;
  return { outcome: outcome === 'appended' ? 'done' : 'unchanged', status: account.status, position };
}
