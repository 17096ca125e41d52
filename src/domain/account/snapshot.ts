import type { Sealed } from '../event.js';
import type { Instant } from '../instant.js';

/** How an account stands. `abandoned`: its registration was given up before it was completed. */
export type AccountStatus = 'active' | 'disabled' | 'erased' | 'abandoned';

export const ROLES = ['admin', 'auditor', 'resource_server'] as const;
export type Role = (typeof ROLES)[number];

/** The family that the newest revocation of all tokens kept, with the epoch that family then had. */
export interface KeptFamily {
  readonly sid: string;
  readonly epoch: number;
}

/** A request for a mail with a code that is still open: its event, which the code is derived from, and when it was. */
export interface PendingCode {
  readonly eventId: string;
  readonly requestedAt: Instant;
}

/** What every event of a user's stream carries: all that a sign-in, a refresh and the next decision need of the account. */
export interface AccountSnapshot {
  readonly status: AccountStatus;
  /** The user's revocation counter: +1 with every revocation of all tokens. */
  readonly epoch: number;
  readonly kept: KeptFamily | null;
  readonly roles: readonly Role[];
  readonly emailVerified: boolean;
  /** Null once erased. */
  readonly passwordHash: Sealed | null;
  /** The epoch of the last change of password: tokens of an older epoch prove a known device less (limits). */
  readonly passwordEpoch: number;
  readonly pendingReset: PendingCode | null;
  readonly pendingVerification: PendingCode | null;
  /** The event id of the verification that was used last: its code shown again is "already verified". */
  readonly usedVerification: string | null;
}
