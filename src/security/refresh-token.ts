import { timingSafeEqual } from 'node:crypto';
import type { Instant } from '../domain/instant.js';
import type { RefreshTokenClaims } from '../domain/token-family/snapshot.js';
import { hmacUnder } from '../event-store/hmac.js';
import { UnknownKeyError, type Keyring } from './keyring.js';
import { claimsFrom, payloadOf } from './refresh-token-payload.js';

const MAX_CHARACTERS = 4_096;
// The header as it is written for each key: nothing else is ever accepted, so no header is parsed.
const HEADER_BEGINS = '{"alg":"HS256","typ":"rt+jwt","kid":"';
const HEADER_ENDS = '"}';

type RefreshKeys = Pick<Keyring, 'refreshKeyAt' | 'refreshKeyOf' | 'refreshKids'>;

/**
 * Refresh tokens: JWTs (HS256) that this server alone reads. All they say comes from the newest event and the signature is
 * deterministic, so the very same token can be made again and none is ever stored. They have no `iss` or `aud`: a change of
 * ISSUER signs nobody out.
 */
export class RefreshTokens {
  readonly #keyring: RefreshKeys;
  readonly #now: () => Instant;

  /** `now` decides only which keys still verify. */
  constructor(options: { readonly keyring: RefreshKeys; readonly now: () => Instant }) {
    this.#keyring = options.keyring;
    this.#now = options.now;
  }

  /** The name of the key for tokens of new generations. */
  get currentKeyId(): string {
    return this.#keyring.refreshKeyAt(this.#now()).kid;
  }

  /**
   * The refresh token of a family, signed by the key that the family names: the same claims give the same token, byte for byte,
   * whatever was redelivered or contested after it was issued. Throws `UnknownKeyError` if the key has retired.
   */
  sign(claims: RefreshTokenClaims): string {
    const { keyId } = claims.family.token;
    const key = this.#keyring.refreshKeyOf(keyId, this.#now());
    if (key === null) throw new UnknownKeyError('the key of this refresh token is no longer in the key file');
    const input = `${headerOf(keyId)}.${Buffer.from(payloadOf(claims)).toString('base64url')}`;
    return `${input}.${hmacUnder(key).of(input)}`;
  }

  /**
   * What a genuine refresh token says; null if it is none. Whether it has expired is not asked here: an old generation is theft
   * even then, so the log decides.
   */
  verify(token: string): RefreshTokenClaims | null {
    if (token.length > MAX_CHARACTERS) return null;
    // Where there are more than two dots, the header is none of ours or the MAC is not valid.
    const [payloadAt, macAt] = [token.indexOf('.') + 1, token.lastIndexOf('.') + 1];
    if (payloadAt === 0 || payloadAt === macAt) return null;
    const keyId = this.#keyIdOf(token.slice(0, payloadAt - 1));
    const key = keyId === null ? null : this.#keyring.refreshKeyOf(keyId, this.#now());
    const input = token.slice(0, macAt - 1);
    if (keyId === null || key === null || !isEqual(hmacUnder(key).of(input), token.slice(macAt))) return null;
    return claimsFrom(Buffer.from(token.slice(payloadAt, macAt - 1), 'base64url').toString(), keyId);
  }

  /** The key that a header names; null unless it is, byte for byte, the one that we write for one of our keys. */
  #keyIdOf(header: string): string | null {
    return this.#keyring.refreshKids.find((kid) => headerOf(kid) === header) ?? null;
  }
}

// Of our own keys alone, of which there are few.
const HEADERS = new Map<string, string>();

function headerOf(keyId: string): string {
  const known = HEADERS.get(keyId);
  if (known !== undefined) return known;
  const header = Buffer.from(HEADER_BEGINS + keyId + HEADER_ENDS).toString('base64url');
  HEADERS.set(keyId, header);
  return header;
}

/** In constant time. As text, since one MAC has several spellings in base64url. */
function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
