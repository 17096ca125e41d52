import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import type { Instant } from '../domain/instant.js';
import { fromBase64url } from '../event-store/base64url.js';
import type { AccessKeyPair } from './held-keys.js';
import type { AccessAlgorithm } from './key-file-shape.js';
import type { Keyring } from './keyring.js';
import { signedJwt } from './signed-jwt.js';

const TYPE = 'at+jwt';
const MAX_CHARACTERS = 4_096;
/** The client that a family belongs to until another one adopts it (RFC 9068 §2.2 requires the claim). */
export const OWN_CLIENT_ID = 'tokenledger';

/** The `alg` values that a key's tokens may have: RFC 9864 renames EdDSA with an Ed25519 key to Ed25519. */
const NAMES: Readonly<Record<AccessAlgorithm, readonly string[]>> = {
  EdDSA: ['EdDSA', 'Ed25519'],
  ES256: ['ES256'],
  RS256: ['RS256'],
};
const ALL_NAMES = Object.values(NAMES).flat();

/** Whom an access token speaks for, and the session it belongs to. */
export interface AccessClaims {
  readonly userId: string;
  readonly sid: string;
  readonly deviceId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  /** When the user signed in; the token says it in whole seconds. */
  readonly authTime: Instant;
  /** The thumbprint of the key that the token is bound to (RFC 9449 §6); null if it is bound to none. */
  readonly jkt: string | null;
}

export interface ValidAccessToken extends AccessClaims {
  readonly outcome: 'valid';
  readonly issuer: string;
  readonly jti: string;
  readonly tokenIssuedAt: Instant;
  readonly expiresAt: Instant;
}
export type AccessVerification = ValidAccessToken | { readonly outcome: 'invalid' | 'expired' };

export interface AccessTokenOptions {
  readonly keyring: Pick<Keyring, 'accessKeyAt' | 'accessVerifierOf'>;
  /** The `iss` of new tokens. */
  readonly issuer: string;
  readonly audience: string;
  /** How long a token is valid, in milliseconds; fractions of seconds are rounded up, since its times are whole seconds. */
  readonly ttlMs: number;
}

/** Access tokens: JWTs as RFC 9068 says, verifiable through the JWKS. */
export class AccessTokens {
  readonly #keyring: AccessTokenOptions['keyring'];
  readonly #issuer: string;
  readonly #audience: string;
  readonly #ttlSeconds: number;

  constructor({ keyring, issuer, audience, ttlMs }: AccessTokenOptions) {
    this.#keyring = keyring;
    this.#issuer = issuer;
    this.#audience = audience;
    this.#ttlSeconds = Math.ceil(ttlMs / 1000);
  }

  /**
   * A new token and for how many seconds it is valid (RFC 6749 §5.1), which is from `iat` to `exp`: what is configured. Its `exp` is never
   * beyond `sessionEndsAt`, the earlier of the family's idle and absolute expiry; where that ends it first, the seconds are whole ones
   * that are left from `now` on. 0: it has expired already.
   */
  issue(
    claims: AccessClaims & { readonly sessionEndsAt: Instant },
    now: Instant,
  ): { readonly token: string; readonly expiresIn: number } {
    const iat = Math.floor(now / 1000);
    const exp = Math.min(iat + this.#ttlSeconds, Math.floor(claims.sessionEndsAt / 1000));
    const token = signedJwt(this.#keyring.accessKeyAt(now), TYPE, {
      iss: this.#issuer,
      aud: this.#audience,
      sub: claims.userId,
      client_id: claims.clientId,
      jti: randomUUID(),
      iat,
      exp,
      sid: claims.sid,
      device_id: claims.deviceId,
      roles: claims.roles,
      auth_time: Math.floor(claims.authTime / 1000),
      // Left out where it is undefined.
      cnf: claims.jkt === null ? undefined : { jkt: claims.jkt },
    });
    const isWhole = exp === iat + this.#ttlSeconds;
    return { token, expiresIn: isWhole ? this.#ttlSeconds : Math.max(0, Math.floor(exp - now / 1000)) };
  }

  /**
   * Checks signature, type and claims (RFC 9068 §4). Never rejects, whatever the token. Any `iss` is taken: the key shows that the
   * token is ours, and a change of ISSUER signs nobody out.
   */
  async verify(token: string, now: Instant): Promise<AccessVerification> {
    if (token.length > MAX_CHARACTERS || !isSpeltAsIssued(token)) return { outcome: 'invalid' };
    try {
      const { payload } = await jwtVerify(token, (header) => this.#verifierFor(header, now), {
        algorithms: ALL_NAMES,
        typ: TYPE,
        audience: this.#audience,
        currentDate: new Date(now),
        requiredClaims: ['iss', 'exp', 'iat', 'sub', 'jti', 'client_id', 'sid', 'device_id', 'auth_time'],
      });
      return claimsFrom(payload);
    } catch (error) {
      return { outcome: error instanceof errors.JWTExpired ? 'expired' : 'invalid' };
    }
  }

  /** The key decides about the algorithm; what the header says must agree with it. */
  #verifierFor({ kid, alg }: JWTHeaderParameters, now: Instant): AccessKeyPair['publicKey'] {
    const key = this.#keyring.accessVerifierOf(kid, now);
    if (key === null || !NAMES[key.alg].includes(alg)) throw new errors.JWKSNoMatchingKey();
    return key.publicKey;
  }
}

/** Header and payload are signed as they are spelt; the spare bits of the signature are not. */
function isSpeltAsIssued(token: string): boolean {
  return fromBase64url(token.slice(token.lastIndexOf('.') + 1)) !== null;
}

/** Throws a `JWTInvalid` for claims that are not as we write them. */
function claimsFrom({ iss, sub, jti, iat, exp, cnf, ...claims }: JWTPayload): ValidAccessToken {
  return {
    outcome: 'valid',
    issuer: text(iss),
    userId: text(sub),
    jti: text(jti),
    sid: text(claims.sid),
    deviceId: text(claims.device_id),
    clientId: text(claims.client_id),
    roles: texts(claims.roles),
    authTime: instant(claims.auth_time),
    jkt: cnf === undefined ? null : thumbprintOf(cnf),
    tokenIssuedAt: instant(iat),
    expiresAt: instant(exp),
  };
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new errors.JWTInvalid();
  return value;
}

function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new errors.JWTInvalid();
  return value.map(text);
}

function instant(seconds: unknown): Instant {
  if (typeof seconds !== 'number') throw new errors.JWTInvalid();
  return seconds * 1000;
}

/** RFC 9449 §6.1. Any other confirmation is one that we cannot check. */
function thumbprintOf(cnf: unknown): string {
  return text(typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : null);
}
