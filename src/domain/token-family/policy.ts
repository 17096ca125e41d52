import { earlier, later, type Instant } from '../instant.js';
import type { FamilySnapshot } from './snapshot.js';

/** How long families last, in milliseconds; each may be a fraction. */
export interface Lifetimes {
  /** Without use. */
  readonly idleMs: number;
  /** From issue, with use. */
  readonly absoluteMs: number;
  /** For so long after a rotation the previous generation may be presented again. */
  readonly graceMs: number;
}

/** What the operator decides about families. */
export interface FamilyPolicy {
  readonly lifetimes: Lifetimes;
  /** How often a family may rotate in an hour, in bursts of as many; a whole number, 0 for no limit. */
  readonly rotationsPerHour: number;
}

/** When a family used now expires unless it is used again. */
export function idleExpiry(now: Instant, absoluteExpiresAt: Instant, { idleMs }: Pick<Lifetimes, 'idleMs'>): Instant {
  return earlier(later(now, idleMs), absoluteExpiresAt);
}

/** Expiry holds at its instant (G11): at `idleExpiresAt` the family has expired. */
export function hasExpired(family: Pick<FamilySnapshot, 'idleExpiresAt'>, now: Instant): boolean {
  return now >= family.idleExpiresAt;
}
