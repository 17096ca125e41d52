import { earlier, plus, type Instant } from '../instant.js';

/** The refresh token that a family holds out now; with the family's other facts it is all that the token's claims say. */
export interface TokenFacts {
  readonly jti: string;
  /** Names the key that signs it, so that the very same token can be made again. */
  readonly keyId: string;
  readonly issuedAt: Instant;
  /** The revision of the event that issued it. */
  readonly revision: number;
}

/** What every event of a token family carries: with its type, all that the next decision needs. */
export interface FamilyFacts {
  readonly userId: string;
  readonly deviceId: string;
  /** The session id: the family's own id. */
  readonly sid: string;
  /** 0 at issue, +1 at each rotation. */
  readonly generation: number;
  /** The user's epoch when the family was issued or last rotated. */
  readonly epoch: number;
  readonly issuedAt: Instant;
  /** When it expires unless used before; never later than `absoluteExpiresAt`. */
  readonly idleExpiresAt: Instant;
  /** When it expires however often it is used. */
  readonly absoluteExpiresAt: Instant;
  readonly token: TokenFacts;
}

/** How long families last, in milliseconds. */
export interface Lifetimes {
  /** Without use. */
  readonly idleMs: number;
  /** From issue, with use. */
  readonly absoluteMs: number;
  /** For so long after a rotation the previous generation may be presented again. */
  readonly graceMs: number;
}

/** When a family used now expires unless it is used again. */
export function idleExpiry(now: Instant, absoluteExpiresAt: Instant, { idleMs }: Lifetimes): Instant {
  return earlier(plus(now, idleMs), absoluteExpiresAt);
}

/** Expiry holds at its instant (G11): at `idleExpiresAt` the family has expired. */
export function hasExpired(family: Pick<FamilyFacts, 'idleExpiresAt'>, now: Instant): boolean {
  return now >= family.idleExpiresAt;
}
