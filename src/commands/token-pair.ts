import { millisecondsBetween, instantOf } from '../domain/instant.js';
import type { FamilyFacts } from '../domain/token-family/facts.js';
import type { RefreshClaims } from '../security/refresh-token.js';
import type { CommandContext } from './context.js';
import type { TokenPair } from './commands.js';

/**
 * The tokens a family holds out: the refresh token is made from the facts alone, so that the same facts give the very same
 * one again; the access token is new each time.
 */
export async function tokenPair(
  { accessTokens, refreshTokens, now }: Pick<CommandContext, 'accessTokens' | 'refreshTokens' | 'now'>,
  family: FamilyFacts,
): Promise<TokenPair> {
  const issuedAt = now();
  const [access, refreshToken] = await Promise.all([
    accessTokens.issue(family, issuedAt),
    refreshTokens.sign(claimsOf(family), family.token.keyId),
  ]);
  const left = millisecondsBetween(instantOf(issuedAt), family.idleExpiresAt);
  return {
    accessToken: access.token,
    refreshToken,
    expiresIn: access.expiresIn,
    // Rounded: some milliseconds have gone by since the decision.
    refreshExpiresIn: Math.max(0, Math.round(left / 1000)),
    sid: family.sid,
    deviceId: family.deviceId,
  };
}

function claimsOf({ userId, deviceId, sid, generation, epoch, token, ...times }: FamilyFacts): RefreshClaims {
  const { idleExpiresAt, absoluteExpiresAt } = times;
  const { jti, revision, issuedAt } = token;
  const family = { userId, deviceId, sid, generation, epoch, familyIssuedAt: times.issuedAt };
  return { ...family, jti, revision, issuedAt, idleExpiresAt, absoluteExpiresAt };
}

/** The facts that a genuine refresh token was made from. */
export function familyOf({
  familyIssuedAt,
  jti,
  keyId,
  issuedAt,
  revision,
  ...claims
}: RefreshClaims & { keyId: string }): FamilyFacts {
  return { ...claims, issuedAt: familyIssuedAt, token: { jti, keyId, issuedAt, revision } };
}
