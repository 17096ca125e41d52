import { isAlive } from '../domain/token-family/end-token.js';
import { loadFamilyAndAccount, type LoadContext } from '../event-store/load.js';
import { newer } from '../event-store/position.js';
import type { AccessTokens } from '../security/access-token.js';
import type { Bearer } from '../security/bearer.js';

export type AuthenticationResult =
  ({ readonly outcome: 'authenticated' } & Bearer) | { readonly outcome: 'invalid' | 'expired' | 'revoked' };

export interface AuthenticateContext extends LoadContext {
  readonly accessTokens: AccessTokens;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Checks an access token (RFC 9068 §4), then by the log whether its family is alive: revoked means revoked (G4). */
export async function authenticate(context: AuthenticateContext, accessToken: string): Promise<AuthenticationResult> {
  const verified = await context.accessTokens.verify(accessToken, context.now());
  if (verified.outcome !== 'valid') return { outcome: verified.outcome };
  const { userId, sid, deviceId, jkt } = verified;
  const loaded = await loadFamilyAndAccount(context, userId, deviceId);
  if (loaded === null) return { outcome: 'invalid' };
  const { family, account } = loaded;
  if (!isAlive(family.state, { sid, account: account.account, now: context.now() })) return { outcome: 'revoked' };
  const { familyIssuedAt: authTime } = family.state.family;
  return {
    outcome: 'authenticated',
    ...{ userId, sid, deviceId, authTime, jkt },
    // As they are now: a role that was revoked holds no longer than this request.
    roles: account.account.roles,
    position: newer(family.position, account.position),
  };
}
