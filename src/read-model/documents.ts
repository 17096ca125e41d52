import type { Sealed } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { AccountStatus, SparedFamily } from '../domain/account/state.js';
import type { Position } from '../event-store/position.js';

/** How a session stands by the events of its own stream; whether its user's epoch still lets it live is asked beside it. */
export type SessionStatus = 'active' | 'revoked' | 'expired';

/** What is known of one token family: one document a session, so that an ended one can still be looked up until retention. */
export interface SessionDocument {
  /** The session id (`sid`). */
  readonly id: string;
  readonly userId: string;
  readonly deviceId: string;
  /** The device's name as given at sign-in, sealed; null if none was given. */
  readonly deviceName: Sealed | null;
  /** Address and agent of the last use, sealed as one value; null if they could not be sealed then. */
  readonly client: Sealed | null;
  readonly issuedAt: Instant;
  readonly lastUsedAt: Instant;
  readonly generation: number;
  readonly epoch: number;
  readonly status: SessionStatus;
  /** Why it ended: the reason of its `TokenRevoked`, or `idle` or `absolute` for an expiry; null while active. */
  readonly endReason: string | null;
  /** When it ended; while active, when it will expire if not used. */
  readonly endsAt: Instant;
  readonly absoluteExpiresAt: Instant;
  /** The position of the last event applied: an event at or before it changes nothing (G8). */
  readonly position: Position;
}

/** What is known of one user. */
export interface AccountDocument {
  /** The user id. */
  readonly id: string;
  readonly status: AccountStatus;
  readonly epoch: number;
  readonly spared: SparedFamily | null;
  /** When all of the user's tokens were last revoked; null if they never were. */
  readonly revokedAt: Instant | null;
  /** The address, sealed; null once erased. */
  readonly email: Sealed | null;
  readonly name: Sealed | null;
  readonly emailVerified: boolean;
  readonly roles: readonly string[];
  readonly registeredAt: Instant;
  readonly position: Position;
}

/** The collections of the read model and what each holds. */
export interface Documents {
  readonly sessions: SessionDocument;
  readonly accounts: AccountDocument;
}
export type Collection = keyof Documents;

/** A document with the collection it belongs to. */
export type Placed = { [C in Collection]: { readonly collection: C; readonly document: Documents[C] } }[Collection];
/** The key of a document: its collection and its id there. */
export interface DocumentKey {
  readonly collection: Collection;
  readonly id: string;
}
