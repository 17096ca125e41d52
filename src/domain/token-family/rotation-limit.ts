import type { Instant } from '../instant.js';

const HOUR_MS = 3_600_000;
/** How far the clocks of instances may differ. An event that is later than now by more shows that the clock has stepped back. */
const MAX_SKEW_MS = 60_000;

/** What a family's newest rotation carries. */
export interface CarriedLimit {
  /** Null where no limit was in force. */
  readonly rotationLimitAt: Instant | null;
  /** When it happened, by the clock of that time. */
  readonly tokenIssuedAt: Instant;
}

/** Whether a family may rotate: then the instant that its next event carries, else when it may. */
export type RotationPermit =
  { readonly ok: true; readonly rotationLimitAt: Instant | null } | { readonly ok: false; readonly retryAt: Instant };

/**
 * The rotation limit (GCRA with a burst of an hour's worth): decided from one instant in the family's newest event, without a
 * counter anywhere. `perHour` is a whole number; 0 is no limit. For a family time does not go back as long as clocks differ by little; once
 * the clock has stepped back, what was used stays used, and no more (G11).
 */
export function rotationPermit(carried: CarriedLimit, now: Instant, perHour: number): RotationPermit {
  if (perHour === 0) return { ok: true, rotationLimitAt: null };
  const { rotationLimitAt, tokenIssuedAt } = carried;
  const stepped = tokenIssuedAt - now > MAX_SKEW_MS ? tokenIssuedAt - now : 0;
  const moment = Math.max(now, tokenIssuedAt - stepped);
  const limit = (rotationLimitAt ?? moment) - stepped;
  // The limit itself is at most an hour ahead: anything beyond was carried over a step of the clock.
  const begins = limit - moment > HOUR_MS + MAX_SKEW_MS ? moment : Math.max(limit, moment);
  const next = begins + Math.max(1, Math.floor(HOUR_MS / perHour));
  return next - moment > HOUR_MS ? { ok: false, retryAt: next - HOUR_MS } : { ok: true, rotationLimitAt: next };
}
