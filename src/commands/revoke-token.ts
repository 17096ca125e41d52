import { OWN_CLIENT_ID, clientOf } from '../domain/token-family/presenter.js';
import { loadFamily } from '../event-store/load.js';
import type { Commands, RequestSource, RevocationResult } from './commands.js';
import type { CommandContext } from './context.js';
import type { FamilyRef } from './end-family.js';
import { endAsSignOut, findFamily } from './sign-out.js';

type ToRevoke = Parameters<Commands['revokeToken']>[0];

/**
 * RevokeToken by a token of either kind (RFC 7009 §2.1). What kind it is, is found out: the client's hint may be wrong. An access
 * token ends its whole family: a revocation of it alone would be none for those who verify it without asking. A family that a client
 * has adopted is ended by that client alone, one that nobody adopted by each. No proof of a key is asked for: that standard knows
 * none (docs/decisions/0009).
 */
export async function revokeToken(
  context: CommandContext,
  { token, clientId }: ToRevoke,
  source: RequestSource,
): Promise<RevocationResult> {
  const found = await findAnyFamily(context, token);
  if (found === null) return { outcome: 'invalid' };
  const isOthers = found.adoptedBy !== OWN_CLIENT_ID && found.adoptedBy !== clientOf({ clientId });
  return isOthers ? { outcome: 'another_client' } : endAsSignOut(context, found.family, source);
}

/** The family of a good token of either kind, and the client it belongs to; null if there is none. */
async function findAnyFamily(
  context: CommandContext,
  token: string,
): Promise<{ readonly family: FamilyRef; readonly adoptedBy: string } | null> {
  const found = await findFamily(context, token);
  if (found !== null) return { family: found.family, adoptedBy: found.held.adoption?.clientId ?? OWN_CLIENT_ID };
  const verified = await context.accessTokens.verify(token, context.now());
  if (verified.outcome !== 'valid') return null;
  const { userId, deviceId, sid, clientId } = verified;
  const newest = (await loadFamily(context, userId, deviceId))?.state.family;
  // The token may be older than the adoption of its family.
  const adoptedBy = newest?.sid === sid ? newest.adoption?.clientId : clientId;
  return { family: { userId, deviceId, sid }, adoptedBy: adoptedBy ?? OWN_CLIENT_ID };
}
