import type {
  Bearer,
  Commands,
  EndedSession,
  RequestSource,
  SessionRef,
  SessionRemovalResult,
  SignOutResult,
} from './commands.js';
import type { FamilySnapshot } from '../domain/token-family/snapshot.js';
import type { CommandContext } from './context.js';
import { endFamily, type FamilyRef } from './end-family.js';
import { isOfThisLog } from './other-run.js';
import { loadFamily } from '../event-store/load.js';
import { reauthentication } from './reauthentication.js';

type ToEnd = Parameters<Commands['signOut']>[0];

/**
 * RevokeToken by the refresh token itself: any generation of the family ends it. A family that is bound to a key is ended by nobody
 * without that key (docs/decisions/0009).
 */
export async function signOut(
  context: CommandContext,
  { refreshToken, jkt }: ToEnd,
  source: RequestSource,
): Promise<SignOutResult> {
  const found = await findFamily(context, refreshToken);
  if (found === null) return { outcome: 'invalid' };
  const { binding } = found.held;
  if (binding !== null && binding.jkt !== jkt) return { outcome: 'unproven' };
  return endAsSignOut(context, found.family, source);
}

/** The family of a genuine refresh token of this log, and what is held of it; null if there is none. */
export async function findFamily(
  context: CommandContext,
  refreshToken: string,
): Promise<{ readonly family: FamilyRef; readonly held: FamilySnapshot } | null> {
  const claims = context.refreshTokens.verify(refreshToken);
  if (claims === null) return null;
  const { userId, deviceId, family } = claims;
  const newest = await loadFamily(context, userId, deviceId);
  if (newest === null || !(await isOfThisLog(context, claims, newest))) return null;
  const { sid } = family;
  // The token may be older than the binding or the adoption of its family.
  const held = newest.state.family.sid === sid ? newest.state.family : family;
  return { family: { userId, deviceId, sid }, held };
}

/** Ends a family as its user asks. */
export async function endAsSignOut(
  context: CommandContext,
  family: FamilyRef,
  source: RequestSource,
): Promise<EndedSession | { readonly outcome: 'invalid' }> {
  const ended = await endFamily(context, family, { ...source, reason: 'logout', actor: 'user' });
  if (ended === null) return { outcome: 'invalid' };
  const { userId, sid } = family;
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
