import type { RevokeAllReason } from '../domain/account/events.js';
import type { AccountStatus, KeptFamily, Role } from '../domain/account/snapshot.js';
import type { Sealed } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { StreamId } from '../domain/streams.js';
import type { Position } from '../event-store/position.js';

/** How a session stands by the events of its own stream; whether its user's epoch still lets it live is asked beside it. */
export type SessionStatus = 'active' | 'revoked' | 'expired';

/** What is known of one token family: one document a session, so that an ended one can still be looked up until retention. */
export interface SessionDocument {
  /** The session id (`sid`). */
  readonly id: string;
  readonly userId: string;
  readonly deviceId: string;
  /** The device's name, sealed; null if it has none. */
  readonly deviceName: Sealed | null;
  /** IP and agent of the last use, sealed as one value; null if they could not be sealed then. */
  readonly client: Sealed | null;
  readonly issuedAt: Instant;
  /** The position of its `TokenIssued`: which session of a user is the oldest. */
  readonly issuedPosition: Position;
  readonly lastUsedAt: Instant;
  readonly generation: number;
  readonly epoch: number;
  readonly status: SessionStatus;
  /** Why it ended: the reason of its `TokenRevoked`, or `idle` or `absolute` for an expiry; null while active. */
  readonly endReason: string | null;
  /** When it ended; while active, when it will expire if not used. */
  readonly endsAt: Instant;
  readonly absoluteExpiresAt: Instant;
  /** When a generation was last handed out to a second holder; null if that never was. */
  readonly contestedAt: Instant | null;
  /** The history of the log that its newest event belongs to. */
  readonly historyId: string;
  /** The position of the last event applied: an event at or before it changes nothing (G8). */
  readonly position: Position;
}

/** One revocation of all tokens: what ended, of the families that lived then, all but the one kept. */
export interface RevocationOfAll {
  /** The epoch that it began. */
  readonly epoch: number;
  readonly at: Instant;
  readonly reason: RevokeAllReason;
  readonly kept: KeptFamily | null;
}

/** What is known of one user. */
export interface AccountDocument {
  /** The user id. */
  readonly id: string;
  readonly status: AccountStatus;
  readonly epoch: number;
  readonly kept: KeptFamily | null;
  /** The newest revocations of all tokens, newest first, at most `MAX_REVOCATIONS`. */
  readonly revocations: readonly RevocationOfAll[];
  /** Sealed; null once erased. */
  readonly email: Sealed | null;
  /** Names the email's stream; null once erased. */
  readonly emailKey: string | null;
  readonly name: Sealed | null;
  readonly emailVerified: boolean;
  readonly roles: readonly Role[];
  readonly registeredAt: Instant;
  /** When it became disabled or erased, or active again; the registration before that. */
  readonly statusSince: Instant;
  readonly position: Position;
}

export const MAX_REVOCATIONS = 20;

/** One device's stream: that there is one, and whether it holds a trace of theft. Kept as long as the log. */
export interface StreamDocument {
  /** See `streamDocumentId`. */
  readonly id: string;
  readonly userId: string;
  readonly deviceId: string;
  /** Whether a token was ever handed out to a second holder in it. */
  readonly contested: boolean;
  /** Whether a token of an older generation was ever presented. */
  readonly reused: boolean;
  /** The position of the last event that changed this document; events that do not concern it stand after it. */
  readonly position: Position;
}

/** The id of a device's stream: those of one user stand side by side in the order of ids. */
export function streamDocumentId({ userId, deviceId }: Pick<StreamId & { kind: 'token' }, 'userId' | 'deviceId'>): string {
  return `${userId}.${deviceId}`;
}

/** The collections of the read model and what each holds. */
export interface Documents {
  readonly sessions: SessionDocument;
  readonly accounts: AccountDocument;
  readonly streams: StreamDocument;
}
export type Collection = keyof Documents;

/** A document with the collection it belongs to. */
export type Placed = { [C in Collection]: { readonly collection: C; readonly document: Documents[C] } }[Collection];
/** A document that a batch changes. */
export type Changed = Placed & {
  /** Whether none was found under its id. Another process may have stored it since, so a store may only try that first. */
  readonly isNew?: boolean;
};
/** The key of a document: its collection and its id there. */
export interface DocumentKey {
  readonly collection: Collection;
  readonly id: string;
}
