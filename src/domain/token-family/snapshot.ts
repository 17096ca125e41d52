import type { Instant } from '../instant.js';

/** The refresh token that a family holds out now. With the rest of the snapshot it is all that the token's claims say. */
export interface TokenSnapshot {
  /** The id of the event that issued it. */
  readonly jti: string;
  /** Names the key that signs it, so that the very same token can be made again. */
  readonly keyId: string;
  readonly tokenIssuedAt: Instant;
  /** The revision of the event that issued it. */
  readonly revision: number;
  /** In which run of the installation it was issued (DESIGN: run id). */
  readonly runId: string;
  /** The last generation that was contested when this token was issued; null if none was. */
  readonly lastContested: number | null;
  /** The revision of the event that held the device's name when this token was issued; null if it had none. */
  readonly nameRevision: number | null;
}

/** A generation whose successor was also handed to somebody else within grace, and to whom. */
export interface Contested {
  readonly generation: number;
  /** The attempts and, after them, the client tags that were let in, at most eight: each counts as the same attempt afterwards. */
  readonly holders: readonly Holder[];
}

/** By what a client that refreshes is known: the key of its attempt, or, without one, its tag (null: unknown, equals any). */
export type Holder = { readonly attempt: string } | { readonly tag: string | null };

/** The key that a family is bound to (RFC 9449 §5), and the first generation of which a token needs its proof. */
export interface Binding {
  /** The SHA-256 thumbprint of the public key (RFC 7638), base64url. */
  readonly jkt: string;
  readonly generation: number;
}

/** The OAuth client that a family belongs to, and the first generation that was issued to it. */
export interface Adoption {
  readonly clientId: string;
  readonly generation: number;
}

/**
 * What every event of a token family carries: all that the next decision needs, so the newest event alone is the state. The
 * refresh token carries the same, as it was when it was issued.
 */
export interface FamilySnapshot {
  /** The session id: the family's own id. */
  readonly sid: string;
  /** 0 at issue, +1 at each rotation. */
  readonly generation: number;
  /** The user's epoch when the family was issued or last rotated. */
  readonly epoch: number;
  /** When the user signed in: also the `auth_time` of its access tokens. */
  readonly familyIssuedAt: Instant;
  /** When it expires unless used before; never later than `absoluteExpiresAt`. */
  readonly idleExpiresAt: Instant;
  /** When it expires however often it is used. */
  readonly absoluteExpiresAt: Instant;
  readonly token: TokenSnapshot;
  /** The attempt that the last rotation was made by (16-byte HMAC, base64url); null without a key, or at issue. */
  readonly attempt: string | null;
  /** The client tag of the last rotation or of the sign-in (8-byte HMAC, base64url); null if it could not be made. */
  readonly tag: string | null;
  /** Whether the present token was handed out again to the client that it was made for. */
  readonly redelivered: boolean;
  /** The last contested generation now, and who was let in; nobody any more once the family rotated. */
  readonly contested: Contested | null;
  readonly binding: Binding | null;
  /** Null: the family belongs to the client `tokenledger`. */
  readonly adoption: Adoption | null;
  /** False: the cookie of a browser is a session cookie. */
  readonly remember: boolean;
  /** The revision of the event that holds the device's name now; null if it has none. */
  readonly nameRevision: number | null;
  /** The instant of the rotation limit (GCRA's theoretical arrival time); null before the first rotation or without a limit. */
  readonly rotationLimitAt: Instant | null;
}

/** All that a genuine refresh token says: its family as it was when the token was issued, of which user and device. */
export interface RefreshTokenClaims {
  readonly userId: string;
  readonly deviceId: string;
  readonly family: FamilySnapshot;
}
