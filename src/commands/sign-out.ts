import type { Bearer, RequestSource, SessionRef, SessionRemovalResult, SignOutResult } from './commands.js';
import type { CommandContext } from './context.js';
import { endFamily } from './end-family.js';
import { isOfThisLog } from './other-run.js';
import { loadFamily } from '../event-store/load.js';
import { reauthentication } from './reauthentication.js';

/** RevokeToken by the refresh token itself (RFC 7009 §2.1): any generation of the family ends it. */
export async function signOut(
  context: CommandContext,
  refreshToken: string,
  source: RequestSource,
): Promise<SignOutResult> {
  const claims = context.refreshTokens.verify(refreshToken);
  if (claims === null) return { outcome: 'invalid' };
  const { userId, deviceId, family } = claims;
  const newest = await loadFamily(context, userId, deviceId);
  if (newest === null || !(await isOfThisLog(context, claims, newest))) return { outcome: 'invalid' };
  const { sid } = family;
  const ended = await endFamily(context, { userId, deviceId, sid }, { ...source, reason: 'logout', actor: 'user' });
  if (ended === null) return { outcome: 'invalid' };
  return { outcome: ended.revoked ? 'revoked' : 'ended_before', userId, sid, position: ended.position };
}

/** RevokeToken by a session of the same user; another session than one's own needs a fresh proof of who asks. */
export async function removeSession(
  context: CommandContext,
  bearer: Bearer,
  { sid, deviceId, password }: SessionRef & { readonly password: string | null },
  source: RequestSource,
): Promise<SessionRemovalResult> {
  const refused = sid === bearer.sid ? null : await reauthentication(context, bearer, password, source);
  if (refused !== null) return { outcome: refused };
  const { userId } = bearer;
  const ended = await endFamily(context, { userId, sid, deviceId }, { ...source, reason: 'device_removed', actor: 'user' });
  return ended?.revoked === true ? { outcome: 'revoked', position: ended.position } : { outcome: 'not_found' };
}
