import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { distance, type Instant } from '../domain/instant.js';
import type { DpopNonces } from './dpop-nonces.js';
import type { LimitCounters } from './limits/limit-counters.js';

/** The algorithms that a proof may be signed with: asymmetric ones alone (RFC 9449 §4.3). */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const;

const TYPE = 'dpop+jwt';
const NO_PROOF = 'The DPoP proof is not a JWT of type dpop+jwt that its own public key verifies.';
const NO_NONCE = 'The DPoP proof needs the nonce that is in the header DPoP-Nonce.';
const MAX_CHARACTERS = 8_192;
const MAX_JTI_CHARACTERS = 256;
/** The largest RSA key, in characters of base64url: 4096 bits, and an exponent of 32. Verifying by a larger one costs many times as much. */
const MAX_RSA_KEY = { n: 683, e: 6 };
/** How far a client's clock may be off, either way. */
const TOLERANCE_MS = 60_000;
// A proof that was used at the earliest instant at which it holds must be known until the last.
const REMEMBERED_SECONDS = (2 * TOLERANCE_MS) / 1000 + 1;

/** The request that a proof has to be about. */
export interface ProvenRequest {
  readonly method: string;
  /** The addresses of what is asked for, without query; one of them has to be named. */
  readonly urls: readonly string[];
  /** The access token that comes with the proof, if one does. */
  readonly accessToken?: string;
}

export type ProofCheck =
  | { readonly ok: true; readonly jkt: string }
  /** With `needsNonce` only the nonce is missing or too old: the same client may try again with a fresh one. */
  | { readonly ok: false; readonly reason: string; readonly needsNonce?: true };

/** Checks proofs of possession (DPoP, RFC 9449 §4.3). */
export class DpopProofs {
  readonly #used: Pick<LimitCounters, 'consume'>;
  readonly #now: () => Instant;
  readonly #nonces: DpopNonces | null;

  /** `used` remembers proofs, for all instances that share it. With `nonces`, each proof needs one of these. */
  constructor(parts: {
    readonly used: Pick<LimitCounters, 'consume'>;
    readonly now: () => Instant;
    readonly nonces?: DpopNonces | null;
  }) {
    this.#used = parts.used;
    this.#now = parts.now;
    this.#nonces = parts.nonces ?? null;
  }

  /** The nonce to give out now; null where none is needed. */
  nonce(): string | null {
    return this.#nonces?.current() ?? null;
  }

  /** The thumbprint of the key that a proof proves (RFC 7638), or why it proves none. A proof that was good is used up by this. */
  async verify(proof: string, request: ProvenRequest): Promise<ProofCheck> {
    let verified: { readonly jkt: string; readonly jti: string; readonly nonce: unknown };
    try {
      verified = await this.#verified(proof, request);
    } catch (error) {
      // The key is the client's own: whatever the platform says of it, the proof is not good.
      return refused(error instanceof WrongProofError ? error.message : NO_PROOF);
    }
    const { jkt, jti, nonce } = verified;
    if (this.#nonces?.isGood(nonce) === false) return { ...refused(NO_NONCE), needsNonce: true };
    const key = createHash('sha256').update(`${jkt} ${jti}`).digest('base64url');
    const { allowed } = await this.#used.consume({ key, points: 1, windowSeconds: REMEMBERED_SECONDS });
    return allowed ? { ok: true, jkt } : refused('The DPoP proof was used before.');
  }

  async #verified(
    proof: string,
    request: ProvenRequest,
  ): Promise<{ readonly jkt: string; readonly jti: string; readonly nonce: unknown }> {
    if (proof.length > MAX_CHARACTERS) throw new WrongProofError('The DPoP proof is too long.');
    const { payload, protectedHeader } = await jwtVerify(proof, embeddedKey, {
      algorithms: [...DPOP_ALGORITHMS],
      typ: TYPE,
      currentDate: new Date(this.#now()),
      clockTolerance: TOLERANCE_MS / 1000,
    });
    const jti = this.#checkClaims(payload, request);
    return { jkt: await calculateJwkThumbprint(protectedHeader.jwk ?? {}), jti, nonce: payload.nonce };
  }

  /** The `jti` of a proof whose claims are about the request. */
  #checkClaims({ jti, htm, htu, iat, ath }: JWTPayload, { method, urls, accessToken }: ProvenRequest): string {
    if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_CHARACTERS)
      throw new WrongProofError('The DPoP proof needs a jti.');
    if (htm !== method) throw new WrongProofError('The DPoP proof is for another method.');
    if (!isOneOf(htu, urls)) throw new WrongProofError('The DPoP proof is for another address.');
    if (iat === undefined || distance(iat * 1000, this.#now()) > TOLERANCE_MS)
      throw new WrongProofError('The DPoP proof is not of this moment: look at the clock.');
    if (accessToken !== undefined && ath !== hashOf(accessToken))
      throw new WrongProofError('The DPoP proof is for another access token.');
    return jti;
  }
}

/** The key that a proof is verified by. Anybody may send one, so it is looked at before it is used. */
function embeddedKey(header: JWTHeaderParameters): ReturnType<typeof EmbeddedJWK> {
  const { n = '', e = '' } = header.jwk ?? {};
  if (n.length > MAX_RSA_KEY.n || e.length > MAX_RSA_KEY.e)
    throw new WrongProofError('The RSA key of the DPoP proof is too large: at most 4096 bits.');
  return EmbeddedJWK(header);
}

/** What is wrong with a proof that is a JWT otherwise. */
class WrongProofError extends Error {}

function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

/** Without query and fragment, and after normalization (RFC 9449 §4.3 and RFC 3986 §6.2). */
function isOneOf(htu: unknown, urls: readonly string[]): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false;
  const named = normalTarget(htu);
  return urls.some((url) => normalTarget(url) === named);
}

/** Characters that need no percent-encoding are as they are, and the others' digits in upper case (§6.2.2.1 and §6.2.2.2). */
function normalTarget(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/%([\da-f]{2})/gi, decodedIfUnreserved);
}

function decodedIfUnreserved(encoded: string, digits: string): string {
  const character = String.fromCharCode(parseInt(digits, 16));
  return /[\w.~-]/.test(character) ? character : encoded.toUpperCase();
}

function hashOf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest('base64url');
}
