import { revokeToken } from '../domain/token-family/end-token.js';
import { deviceStream, type RevocationReason } from '../domain/token-family/events.js';
import type { Position } from '../event-store/position.js';
import type { Bearer, Origin, SessionRemoval, SignOut } from './commands.js';
import { currentInstant, type CommandContext } from './context.js';
import { loadFamilyAndAccount, newer } from './load.js';
import { recording } from './recording.js';
import { untilNoConflict } from './until-no-conflict.js';

/** RevokeToken by the refresh token itself (RFC 7009 §2.1): any generation of the family ends it. */
export async function signOut(context: CommandContext, refreshToken: string, origin: Origin): Promise<SignOut> {
  const claims = await context.refreshTokens.verify(refreshToken);
  if (claims === null) return { outcome: 'invalid' };
  const ended = await revoke(context, claims, 'logout', origin);
  if (ended === null) return { outcome: 'invalid' };
  return { outcome: ended.revoked ? 'revoked' : 'ended_before', userId: claims.userId, position: ended.position };
}

/** RevokeToken by a session of the same user. */
export async function removeSession(
  context: CommandContext,
  { userId }: Bearer,
  { sid, deviceId }: { readonly sid: string; readonly deviceId: string },
  origin: Origin,
): Promise<SessionRemoval> {
  const ended = await revoke(context, { userId, sid, deviceId }, 'device_removed', origin);
  return ended?.revoked === true ? { outcome: 'revoked', position: ended.position } : { outcome: 'not_found' };
}

/** Ends a family if it is alive; null if there is no such device or user. */
function revoke(
  context: CommandContext,
  { userId, deviceId, sid }: { readonly userId: string; readonly deviceId: string; readonly sid: string },
  reason: RevocationReason,
  { correlationId }: Origin,
): Promise<{ readonly revoked: boolean; readonly position: Position } | null> {
  return untilNoConflict(async () => {
    const loaded = await loadFamilyAndAccount(context.eventStore, userId, deviceId);
    if (loaded === null) return null;
    const { family, account } = loaded;
    const event = revokeToken(family.state, { sid, account: account.state, now: currentInstant(context), reason });
    if (event === null) return { revoked: false, position: newer(family.position, account.position) };
    const events = recording(context, [event], { correlationId, actor: { kind: 'user', userId } });
    const { position } = await context.eventStore.append(deviceStream(userId, deviceId), events, family.state.revision);
    return { revoked: true, position };
  });
}
