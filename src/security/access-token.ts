import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { Keyring } from './keyring.js';

const TYPE = 'at+jwt';
const ALGORITHM = 'EdDSA';
const MOST_CHARACTERS = 4_096;
/** There are no registered clients: all tokens are the application's own (RFC 9068 §2.2 requires the claim). */
const CLIENT_ID = 'tokenledger';

/** Whom an access token speaks for, and the session it belongs to. */
export interface AccessClaims {
  readonly userId: string;
  readonly sid: string;
  readonly deviceId: string;
}

export type AccessVerification =
  ({ readonly outcome: 'valid' } & AccessClaims) | { readonly outcome: 'invalid' | 'expired' };

/** Access tokens: JWTs by RFC 9068, signed with Ed25519. */
export class AccessTokens {
  readonly #keyring: Keyring;
  readonly #issuer: string;
  readonly #audience: string;
  readonly #ttlSeconds: number;

  /** `ttlMs` is how long a token is valid; fractions of seconds are rounded up, for its times are whole seconds. */
  constructor(options: {
    readonly keyring: Keyring;
    readonly issuer: string;
    readonly audience: string;
    readonly ttlMs: number;
  }) {
    this.#keyring = options.keyring;
    this.#issuer = options.issuer;
    this.#audience = options.audience;
    this.#ttlSeconds = Math.ceil(options.ttlMs / 1000);
  }

  /** A new token, valid from `now` (milliseconds since 1970), and for how many seconds. */
  async issue({ userId, sid, deviceId }: AccessClaims, now: number): Promise<{ token: string; expiresIn: number }> {
    const { kid, key } = this.#keyring.accessKey;
    const issuedAt = Math.floor(now / 1000);
    const token = await new SignJWT({
      iss: this.#issuer,
      aud: this.#audience,
      sub: userId,
      client_id: CLIENT_ID,
      jti: randomUUID(),
      iat: issuedAt,
      exp: issuedAt + this.#ttlSeconds,
      sid,
      device_id: deviceId,
    })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
      .sign(key);
    return { token, expiresIn: this.#ttlSeconds };
  }

  /** Checks signature, type and claims (RFC 9068 §4). Never rejects, whatever the token. */
  async verify(token: string, now: number): Promise<AccessVerification> {
    if (token.length > MOST_CHARACTERS) return { outcome: 'invalid' };
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid }) => {
          const key = this.#keyring.accessVerifierOf(kid, now);
          if (key === null) throw new errors.JWKSNoMatchingKey();
          return key;
        },
        {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer: this.#issuer,
          audience: this.#audience,
          currentDate: new Date(now),
          requiredClaims: ['exp', 'iat', 'sub', 'jti', 'sid', 'device_id'],
        },
      );
      return claimsOf(payload);
    } catch (error) {
      return { outcome: error instanceof errors.JWTExpired ? 'expired' : 'invalid' };
    }
  }
}

function claimsOf({ sub: userId, sid, device_id: deviceId }: JWTPayload): AccessVerification {
  if (typeof userId !== 'string' || typeof sid !== 'string' || typeof deviceId !== 'string') return { outcome: 'invalid' };
  return { outcome: 'valid', userId, sid, deviceId };
}
