import { compactVerify, CompactSign, errors } from 'jose';
import { z } from 'zod';
import { instantOf, type Instant } from '../domain/instant.js';
import { UnknownKeyError, type Keyring } from './keyring.js';

const TYPE = 'rt+jwt';
const ALGORITHM = 'HS256';
const MOST_CHARACTERS = 4_096;

/** All that a refresh token says: the state its family had when it was issued. */
export interface RefreshClaims {
  readonly userId: string;
  readonly deviceId: string;
  readonly sid: string;
  readonly jti: string;
  readonly generation: number;
  readonly epoch: number;
  /** The revision of the event that issued this token. */
  readonly revision: number;
  /** When the family was issued. */
  readonly familyIssuedAt: Instant;
  /** When this token was issued. */
  readonly issuedAt: Instant;
  readonly idleExpiresAt: Instant;
  readonly absoluteExpiresAt: Instant;
}

const uuid = z.uuid();
const count = z.int().min(0);
const LATEST_SECONDS = 8.64e12;
// RFC 7519 §2 lets a NumericDate have a fraction: so milliseconds survive the way there and back.
const numericDate = z.number().min(0).max(LATEST_SECONDS);
const Payload = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: uuid,
  jti: uuid,
  iat: numericDate,
  exp: numericDate,
  sid: uuid,
  // Not of our making: of whatever version and variant.
  device_id: z.guid(),
  gen: count,
  epoch: count,
  rev: count,
  auth_time: numericDate,
  session_exp: numericDate,
});

/**
 * Refresh tokens: JWTs that this server alone reads, signed with HMAC. All they say comes from the newest event and the
 * signature is deterministic, so the very same token can be made again and none is ever stored.
 */
export class RefreshTokens {
  readonly #keyring: Keyring;
  readonly #issuer: string;
  readonly #now: () => number;

  /** `now` in milliseconds since 1970; it tells only which keys still verify. */
  constructor(options: { readonly keyring: Keyring; readonly issuer: string; readonly now: () => number }) {
    this.#keyring = options.keyring;
    this.#issuer = options.issuer;
    this.#now = options.now;
  }

  /** The name of the key for tokens of new generations. */
  get currentKeyId(): string {
    return this.#keyring.refreshKey.kid;
  }

  /** The same claims and key give the same token, byte for byte. Rejects with `UnknownKeyError` if the key is gone. */
  async sign(claims: RefreshClaims, keyId: string): Promise<string> {
    const key = this.#keyring.refreshKeyOf(keyId, this.#now());
    if (key === null) throw new UnknownKeyError('the key of this refresh token is no longer in the key file');
    const payload: z.infer<typeof Payload> = {
      iss: this.#issuer,
      aud: this.#issuer,
      sub: claims.userId,
      jti: claims.jti,
      iat: numericDateOf(claims.issuedAt),
      exp: numericDateOf(claims.idleExpiresAt),
      sid: claims.sid,
      device_id: claims.deviceId,
      gen: claims.generation,
      epoch: claims.epoch,
      rev: claims.revision,
      auth_time: numericDateOf(claims.familyIssuedAt),
      session_exp: numericDateOf(claims.absoluteExpiresAt),
    };
    return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: keyId })
      .sign(key);
  }

  /**
   * The claims of a genuine refresh token, and which key signed it; null if it is none. Whether it has expired is not asked
   * here: an old generation is theft even then, so the log decides.
   */
  async verify(token: string): Promise<(RefreshClaims & { readonly keyId: string }) | null> {
    if (token.length > MOST_CHARACTERS) return null;
    try {
      const { payload, protectedHeader } = await compactVerify(token, ({ kid }) => this.#keyOf(kid), {
        algorithms: [ALGORITHM],
      });
      if (protectedHeader.typ !== TYPE || protectedHeader.kid === undefined) return null;
      return this.#claimsOf(payload, protectedHeader.kid);
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  #keyOf(kid: string | undefined): ReturnType<Keyring['refreshKeyOf']> & object {
    const key = this.#keyring.refreshKeyOf(kid, this.#now());
    if (key === null) throw new errors.JWKSNoMatchingKey();
    return key;
  }

  /** The signature says that this server wrote the payload; it may still be one of another issuer or of an older shape. */
  #claimsOf(bytes: Uint8Array, keyId: string): (RefreshClaims & { keyId: string }) | null {
    const parsed = Payload.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (!parsed.success) return null;
    const { data } = parsed;
    if (data.iss !== this.#issuer || data.aud !== this.#issuer) return null;
    return {
      userId: data.sub,
      deviceId: data.device_id,
      sid: data.sid,
      jti: data.jti,
      generation: data.gen,
      epoch: data.epoch,
      revision: data.rev,
      familyIssuedAt: instantFrom(data.auth_time),
      issuedAt: instantFrom(data.iat),
      idleExpiresAt: instantFrom(data.exp),
      absoluteExpiresAt: instantFrom(data.session_exp),
      keyId,
    };
  }
}

function numericDateOf(instant: Instant): number {
  return Date.parse(instant) / 1000;
}

function instantFrom(numericDate: number): Instant {
  return instantOf(Math.round(numericDate * 1000));
}
