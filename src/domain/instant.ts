/**
 * A moment in UTC as ISO 8601 with milliseconds and `Z`, for example `2026-01-31T12:00:00.000Z`: what `Date.toISOString`
 * gives. All have the same width, so they order as strings; events hold them because an auditor can read them.
 */
export type Instant = string;

/** The instant `milliseconds` after (or, if negative, before) the given one. */
export function plus(instant: Instant, milliseconds: number): Instant {
  return instantOf(Date.parse(instant) + milliseconds);
}

/** Milliseconds from `from` to `to`; negative if `to` is the earlier one. */
export function millisecondsBetween(from: Instant, to: Instant): number {
  return Date.parse(to) - Date.parse(from);
}

/** The earlier of two instants. */
export function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

/** The instant of a count of milliseconds since 1970-01-01T00:00:00Z. */
export function instantOf(epochMilliseconds: number): Instant {
  return new Date(epochMilliseconds).toISOString();
}
