import type { Instant } from '../instant.js';

const HOUR_MS = 3_600_000;
/** The limit itself is at most an hour ahead. Beyond that the clock has stepped back; far beyond, nothing of it is believed. */
const MAX_AHEAD_MS = 2 * HOUR_MS;

/** Whether a family may rotate: then the instant that its next event carries, else when it may. */
export type RotationPermit =
  { readonly ok: true; readonly rotationLimitAt: Instant | null } | { readonly ok: false; readonly retryAt: Instant };

/**
 * The rotation limit (GCRA with a burst of an hour's worth): decided from one instant in the family's newest event, without a
 * counter anywhere. `perHour` is a whole number; 0 is no limit.
 */
export function rotationPermit(carried: Instant | null, now: Instant, perHour: number): RotationPermit {
  if (perHour === 0) return { ok: true, rotationLimitAt: null };
  const begins = carried === null || carried - now > MAX_AHEAD_MS ? now : Math.max(carried, now);
  // One goes on: the clock is not the client's fault. The burst counts as spent, since instances whose clocks differ see the same.
  if (begins - now > HOUR_MS) return { ok: true, rotationLimitAt: now + HOUR_MS };
  const next = begins + Math.max(1, Math.floor(HOUR_MS / perHour));
  return next - now > HOUR_MS ? { ok: false, retryAt: next - HOUR_MS } : { ok: true, rotationLimitAt: next };
}
