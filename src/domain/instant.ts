/**
 * A moment as milliseconds since 1970-01-01T00:00:00Z: what `Date.now()` gives, always a whole number. Events and documents hold
 * the number; HTTP and the tools show ISO 8601 (`isoOf`).
 */
export type Instant = number;

/** The earlier of two instants. */
export function earlier(a: Instant, b: Instant): Instant {
  return Math.min(a, b);
}

/** The instant so many milliseconds later. A configured time may be a fraction; an instant is whole. */
export function later(instant: Instant, milliseconds: number): Instant {
  return Math.floor(instant + milliseconds);
}

/** ISO 8601 in UTC with milliseconds and `Z`, for people and clients. */
export function isoOf(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** Milliseconds between two instants, whichever is the earlier: a clock that steps back must not reopen a window (G11). */
export function distance(a: Instant, b: Instant): number {
  return Math.abs(a - b);
}
