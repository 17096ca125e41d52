import type { AccountSnapshot } from '../domain/account/snapshot.js';
import type { Instant } from '../domain/instant.js';
import type { FamilySnapshot } from '../domain/token-family/snapshot.js';
import { asIssued } from '../domain/token-family/state.js';
import { OWN_CLIENT_ID } from '../security/access-token.js';
import type { CommandContext } from './context.js';
import type { TokenPair } from './commands.js';

/** Whose tokens they are. */
export interface Holder {
  readonly userId: string;
  readonly deviceId: string;
  readonly account: AccountSnapshot;
}

/**
 * The tokens a family holds out: the refresh token is made from the snapshot of its rotation alone, so the same snapshot gives the
 * very same one again; the access token is new each time, and never valid longer than its session can be. `decidedAt` is when the
 * command was decided: the session's seconds are counted from then, so that a session just begun or used says what is configured,
 * and a client that counts from its own request is never promised too much.
 */
export function tokenPair(
  { accessTokens, refreshTokens, policy, now }: Pick<CommandContext, 'accessTokens' | 'refreshTokens' | 'policy' | 'now'>,
  { userId, deviceId, account }: Holder,
  { family, decidedAt }: { readonly family: FamilySnapshot; readonly decidedAt: Instant },
): TokenPair {
  const tokenIssuedAt = now();
  const endsAt = Math.min(family.idleExpiresAt, family.absoluteExpiresAt);
  const access = accessTokens.issue(
    {
      userId,
      deviceId,
      sid: family.sid,
      roles: account.roles,
      authTime: family.familyIssuedAt,
      clientId: family.adoption?.clientId ?? OWN_CLIENT_ID,
      jkt: family.binding?.jkt ?? null,
      sessionEndsAt: endsAt,
    },
    tokenIssuedAt,
  );
  return {
    accessToken: access.token,
    refreshToken: refreshTokens.sign({ userId, deviceId, family: asIssued(family) }),
    expiresIn: access.expiresIn,
    refreshExpiresIn: Math.max(0, Math.floor((endsAt - decidedAt) / 1000)),
    refreshGraceSeconds: policy.lifetimes.graceMs / 1000,
    sid: family.sid,
    deviceId,
    remember: family.remember,
    bound: family.binding !== null,
  };
}
