import { OWN_CLIENT_ID } from '../domain/token-family/presenter.js';
import { isAlive } from '../domain/token-family/end-token.js';
import type { Instant } from '../domain/instant.js';
import { loadFamilyAndAccount, type LoadedAccount, type LoadedFamily } from '../event-store/load.js';
import type { RefreshTokens } from '../security/refresh-token.js';
import type { AuthenticateContext } from './authenticate.js';

export interface IntrospectContext extends AuthenticateContext {
  readonly refreshTokens: Pick<RefreshTokens, 'verify'>;
}

/** What a token that is good now stands for. */
export interface ActiveToken {
  readonly active: true;
  readonly kind: 'access' | 'refresh';
  /** As the token says it, which may be a former issuer; null for a refresh token, which says none. */
  readonly issuer: string | null;
  readonly userId: string;
  readonly sid: string;
  readonly deviceId: string;
  readonly clientId: string;
  readonly jti: string;
  readonly roles: readonly string[];
  readonly authTime: Instant;
  readonly tokenIssuedAt: Instant;
  readonly expiresAt: Instant;
  /** The thumbprint of the key that the token is bound to (RFC 9449 §6.2); null if it is bound to none. */
  readonly jkt: string | null;
}

export type IntrospectionResult = ActiveToken | { readonly active: false };

const INACTIVE = { active: false } as const;

/**
 * What a token is now, by the log (RFC 7662): an access token is active while its family lives, a refresh token while it is its
 * family's present one. Appends nothing. Rejects with `StoreUnavailableError`.
 */
export async function introspect(context: IntrospectContext, token: string): Promise<IntrospectionResult> {
  return (await introspectRefreshToken(context, token)) ?? introspectAccessToken(context, token);
}

/** Null if it is no refresh token of ours. */
async function introspectRefreshToken(context: IntrospectContext, token: string): Promise<IntrospectionResult | null> {
  const claims = context.refreshTokens.verify(token);
  if (claims === null) return null;
  const { userId, deviceId, family } = claims;
  const living = await livingFamily(context, { userId, deviceId, sid: family.sid });
  const held = living?.family.state.family;
  if (living === null || held?.token.jti !== family.token.jti) return INACTIVE;
  return {
    ...{ active: true, kind: 'refresh', issuer: null, userId, deviceId, sid: family.sid, jti: family.token.jti },
    clientId: held.adoption?.clientId ?? OWN_CLIENT_ID,
    roles: living.account.account.roles,
    authTime: held.familyIssuedAt,
    tokenIssuedAt: family.token.tokenIssuedAt,
    expiresAt: held.idleExpiresAt,
    jkt: held.binding?.jkt ?? null,
  };
}

async function introspectAccessToken(context: IntrospectContext, token: string): Promise<IntrospectionResult> {
  const verified = await context.accessTokens.verify(token, context.now());
  if (verified.outcome !== 'valid') return INACTIVE;
  const living = await livingFamily(context, verified);
  if (living === null) return INACTIVE;
  const { issuer, userId, sid, deviceId, clientId, jti, authTime, tokenIssuedAt, expiresAt, jkt } = verified;
  const claims = { issuer, userId, sid, deviceId, clientId, jti, authTime, tokenIssuedAt, expiresAt, jkt };
  // As they are now: a role that was revoked is left out.
  return { active: true, kind: 'access', ...claims, roles: living.account.account.roles };
}

async function livingFamily(
  context: IntrospectContext,
  { userId, deviceId, sid }: { readonly userId: string; readonly deviceId: string; readonly sid: string },
): Promise<{ readonly family: LoadedFamily; readonly account: LoadedAccount } | null> {
  const loaded = await loadFamilyAndAccount(context, userId, deviceId);
  if (loaded === null) return null;
  return isAlive(loaded.family.state, { sid, account: loaded.account.account, now: context.now() }) ? loaded : null;
}
