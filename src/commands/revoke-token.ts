import type { EndedSession, RequestSource } from './commands.js';
import type { CommandContext } from './context.js';
import { endAsSignOut, findFamily } from './sign-out.js';

/**
 * RevokeToken by a token of either kind (RFC 7009 §2.1). What kind it is, is found out: the client's hint may be wrong. An access
 * token ends its whole family: a revocation of it alone would be none for those who verify it without asking. No proof of a key is
 * asked for: that standard knows none (docs/decisions/0009).
 */
export async function revokeToken(
  context: CommandContext,
  token: string,
  source: RequestSource,
): Promise<EndedSession | { readonly outcome: 'invalid' }> {
  const found = await findFamily(context, token);
  if (found !== null) return endAsSignOut(context, found.family, source);
  const verified = await context.accessTokens.verify(token, context.now());
  if (verified.outcome !== 'valid') return { outcome: 'invalid' };
  const { userId, deviceId, sid } = verified;
  return endAsSignOut(context, { userId, deviceId, sid }, source);
}
