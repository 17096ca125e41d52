import type { Instant } from '../domain/instant.js';

/** When a key signs and verifies, in ISO 8601 as the key file says it. */
export interface Schedule {
  /** Not set: it waits for the next rotation. */
  readonly signsFrom?: string | undefined;
  /** Not set: it does not retire. */
  readonly retireAt?: string | undefined;
}

// A key file holds a handful of dates, and each request asks for several of them.
const MAX_KEPT_DATES = 100;
const INSTANTS = new Map<string, Instant>();

function instantOf(date: string): Instant {
  const known = INSTANTS.get(date);
  if (known !== undefined) return known;
  const instant = Date.parse(date);
  if (INSTANTS.size < MAX_KEPT_DATES) INSTANTS.set(date, instant);
  return instant;
}

/** Whether what a key has signed is accepted at an instant. */
export function verifiesAt({ retireAt }: Schedule, now: Instant): boolean {
  return retireAt === undefined || now < instantOf(retireAt);
}

/** Whether a key has not signed anything yet and does not retire: it waits, with a date or without. */
export function waitsAt({ signsFrom, retireAt }: Schedule, now: Instant): boolean {
  return retireAt === undefined && (signsFrom === undefined || now < instantOf(signsFrom));
}

/**
 * The key that signs at an instant: of those that still verify, the one with the latest `signsFrom` that has come. Null if no key of the list can sign.
 */
export function signingAt<K extends Schedule>(keys: readonly K[], now: Instant): K | null {
  let current: K | null = null;
  let earliest: K | null = null;
  for (const key of keys) {
    const from = startOf(key);
    if (from === null || !verifiesAt(key, now)) continue;
    if (from <= now && from > (startOf(current) ?? -Infinity)) current = key;
    if (from < (startOf(earliest) ?? Infinity)) earliest = key;
  }
  // A clock that stepped back must not leave an installation without a key, so the earliest one signs then.
  return current ?? earliest;
}

/** Null for a key that waits without a date. */
function startOf(key: Schedule | null): Instant | null {
  return key?.signsFrom === undefined ? null : instantOf(key.signsFrom);
}
