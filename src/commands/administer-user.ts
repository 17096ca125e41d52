import {
  disableUser as decideDisable,
  enableUser as decideEnable,
  eraseUser as decideErase,
  grantRole as decideGrant,
  revokeAllTokens,
  revokeRole as decideRevoke,
} from '../domain/account/decide.js';
import type { Role } from '../domain/account/snapshot.js';
import { userStream } from '../domain/streams.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';
import { appendToUser, type AppendedToUser } from './append-to-user.js';
import type { Authority, RequestSource } from './commands.js';
import { sealOptional, type CommandContext } from './context.js';
import { endFamily } from './end-family.js';
import { causeOf } from './recording.js';

/** Who administers, whom, and in which request or run. */
export interface Administration {
  readonly by: Authority;
  readonly userId: string;
  readonly source: Pick<RequestSource, 'correlationId'>;
}

/** DisableUser: nobody signs in or refreshes with the account, from the next request on. */
export async function disableUser(
  context: CommandContext,
  { by, userId, source }: Administration,
  reason: string | null,
): Promise<AppendedToUser> {
  const note = await sealedNote(context, userId, reason);
  return appendToUser(context, userId, causeOf(source, by), (account) => ({ events: decideDisable(account, { note }) }));
}

/** EnableUser: the account is active again; its sessions stay ended. */
export async function enableUser(
  context: CommandContext,
  { by, userId, source }: Administration,
  reason: string | null,
): Promise<AppendedToUser> {
  const note = await sealedNote(context, userId, reason);
  return appendToUser(context, userId, causeOf(source, by), (account) => ({ events: decideEnable(account, { note }) }));
}

/** EraseUser: for good. A processor then releases the email and destroys the key. */
export async function eraseUser(
  context: CommandContext,
  { by, userId, source }: Omit<Administration, 'by'> & { readonly by: Authority | 'system' },
): Promise<AppendedToUser> {
  const emailKey = await emailKeyOf(context, userId);
  if (emailKey === null) return { outcome: 'not_found' };
  return appendToUser(context, userId, causeOf(source, by), (account) => ({ events: decideErase(account, { emailKey }) }));
}

/** The key of the stream of a user's email, as it was registered; null if there is no such user. */
export async function emailKeyOf({ eventLog }: Pick<CommandContext, 'eventLog'>, userId: string): Promise<string | null> {
  const [first] = await unlessDestroyed(eventLog.readStream(userStream(userId), { from: 0, maxCount: 1 }), []);
  return first?.event.type === 'UserRegistered' ? first.event.data.emailKey : null;
}

/** GrantRole, RevokeRole. */
export function changeRole(
  context: CommandContext,
  { by, userId, source }: Administration,
  change: { readonly role: Role; readonly granted: boolean },
): Promise<AppendedToUser> {
  return appendToUser(context, userId, causeOf(source, by), (account) => {
    const event = change.granted ? decideGrant(account, change) : decideRevoke(account, change);
    return { events: event === null ? [] : [event] };
  });
}

/** RevokeAllTokens of somebody else. */
export function signOutUser(context: CommandContext, { by, userId, source }: Administration): Promise<AppendedToUser> {
  return appendToUser(context, userId, causeOf(source, by), (account) => {
    const event = revokeAllTokens(account, { kept: null, reason: 'admin' });
    return { events: event === null ? [] : [event] };
  });
}

/** RevokeToken of somebody else. */
export async function endSessionOf(
  context: CommandContext,
  { by, userId, source }: Administration,
  { sid, deviceId }: { readonly sid: string; readonly deviceId: string },
): Promise<Awaited<ReturnType<typeof endFamily>>> {
  return endFamily(context, { userId, sid, deviceId }, { ...source, reason: 'admin', actor: by });
}

/** A reason in an administrator's words, sealed under the user's key; null without one, or if the key is gone. */
async function sealedNote(context: CommandContext, userId: string, reason: string | null): Promise<string | null> {
  if (reason === null || (await context.userKeys.get(userId)) === null) return null;
  return sealOptional(context, userId, 'note', reason);
}
