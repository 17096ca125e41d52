import { distance, type Instant } from '../instant.js';
import type { PendingCode } from './snapshot.js';

/** A request for a mail with a one-time code: the id that its event will have, from which the code is derived. */
export interface CodeRequest {
  readonly eventId: string;
  /** The SHA-256 of the code. */
  readonly codeHash: string;
  readonly now: Instant;
}

/** A genuine code that somebody shows. */
export interface ShownCode {
  /** The event from which it is derived. */
  readonly eventId: string;
  readonly now: Instant;
  readonly codeLifetimeMs: number;
}

/** A code that is not accepted. `code_expired` only if it fits the pending event: a voided code is as invalid as a wrong one. */
export interface CodeRefused {
  readonly outcome: 'code_invalid' | 'code_expired';
}

/** What a request leaves pending. It voids an older one of its kind, since there is only one. */
export function pendingOf({ eventId, now }: CodeRequest): PendingCode {
  return { eventId, requestedAt: now };
}

/** Why a code is not accepted; null if it is. A clock that steps in either direction makes no code live longer (G11). */
export function refusalOfCode(
  pending: PendingCode | null,
  { eventId, now, codeLifetimeMs }: ShownCode,
): CodeRefused | null {
  if (pending?.eventId !== eventId) return { outcome: 'code_invalid' };
  return distance(now, pending.requestedAt) < codeLifetimeMs ? null : { outcome: 'code_expired' };
}
