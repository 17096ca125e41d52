import type { RequestSource, SignOutResult } from './commands.js';
import type { CommandContext } from './context.js';
import { endFamily } from './end-family.js';
import { signOut } from './sign-out.js';

/**
 * RevokeToken by a token of either kind (RFC 7009 §2.1). What kind it is, is found out: the client's hint may be wrong. An access
 * token ends its whole family: a revocation of it alone would be none for those who verify it without asking.
 */
export async function revokeToken(context: CommandContext, token: string, source: RequestSource): Promise<SignOutResult> {
  const signedOut = await signOut(context, token, source);
  if (signedOut.outcome !== 'invalid') return signedOut;
  const verified = await context.accessTokens.verify(token, context.now());
  if (verified.outcome !== 'valid') return { outcome: 'invalid' };
  const { userId, deviceId, sid } = verified;
  const ended = await endFamily(context, { userId, deviceId, sid }, { ...source, reason: 'logout', actor: 'user' });
  if (ended === null) return { outcome: 'invalid' };
  return { outcome: ended.revoked ? 'revoked' : 'ended_before', userId, sid, position: ended.position };
}
