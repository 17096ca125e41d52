import type { Instant } from '../instant.js';

/** How an account stands. `abandoned`: its registration was given up before it was completed. */
export type AccountStatus = 'active' | 'disabled' | 'erased' | 'abandoned';

/** The family that the newest revocation of all tokens spared, with the epoch that family then had. */
export interface SparedFamily {
  readonly sid: string;
  readonly epoch: number;
}

/** What every event of a user's stream carries: all that a refresh needs to know of the user. */
export interface AccountFacts {
  readonly userId: string;
  readonly status: AccountStatus;
  /** The user's revocation counter: +1 with every revocation of all tokens. */
  readonly epoch: number;
  readonly spared: SparedFamily | null;
}

/**
 * Whether a family lives as far as its user is concerned: the account is active, and the family's epoch is the user's or the
 * family is the one spared last and not older than the epoch named then.
 */
export function lives(
  family: { readonly sid: string; readonly epoch: number },
  account: Omit<AccountFacts, 'userId'>,
): boolean {
  if (account.status !== 'active') return false;
  if (family.epoch === account.epoch) return true;
  return account.spared !== null && account.spared.sid === family.sid && family.epoch >= account.spared.epoch;
}

/**
 * When a family's user ceased to let it live, told by the facts of the user's events, oldest first; null if that is not so. What a
 * later revocation says does not count: the family was over by then.
 */
export function revokedAt(
  family: { readonly sid: string; readonly epoch: number },
  events: readonly { readonly account: AccountFacts; readonly occurredAt: Instant }[],
): Instant | null {
  // Events of an epoch before the family's came before it, or before its last rotation.
  const end = events.find(({ account }) => account.epoch >= family.epoch && !lives(family, account));
  return end?.occurredAt ?? null;
}

/** The facts of any event of a user's stream: the newest one's hold. */
export function accountFactsOf({ data: { userId, status, epoch, spared } }: { readonly data: AccountFacts }): AccountFacts {
  return { userId, status, epoch, spared };
}
