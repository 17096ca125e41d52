// @ts-check
/** Where the marks of a time axis stand, in UTC. Instants and distances in milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 5, 15, 30].map((count) => count * SECOND),
  ...[1, 5, 15, 30].map((count) => count * MINUTE),
  ...[1, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7].map((count) => count * DAY),
];
const MONTHS = [1, 3, 6, 12, 24, 60, 120];
const MONTH = 30 * DAY;
/** 1 January 1970 was a Thursday; weeks begin on Mondays. */
const MONDAY = 4 * DAY;

/** The shortest distance between ticks that is at least so long; in months beyond a week. @param {number} atLeast */
export const stepOf = (atLeast) =>
  STEPS.find((step) => step >= atLeast) ??
  (MONTHS.find((months) => months * MONTH >= atLeast) ?? Math.ceil(atLeast / (120 * MONTH)) * 120) * MONTH;

/** @param {number} from @param {number} to @param {number} months */
const monthTicks = (from, to, months) => {
  const begin = new Date(from);
  const found = [];
  const first = Math.ceil((begin.getUTCFullYear() * 12 + begin.getUTCMonth()) / months) * months;
  for (let index = first; ; index += months) {
    const at = Date.UTC(Math.floor(index / 12), index % 12, 1);
    if (at > to) return found;
    if (at >= from) found.push(at);
  }
};

/**
 * The ticks between two instants that are at least so far from each other.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} atLeast
 * @returns {{ step: number, ticks: number[] }}
 */
export const ticksOf = (from, to, atLeast) => {
  const step = stepOf(atLeast);
  if (step >= MONTH) return { step, ticks: monthTicks(from, to, Math.round(step / MONTH)) };
  const begin = step === 7 * DAY ? MONDAY : 0;
  const ticks = [];
  for (let at = Math.ceil((from - begin) / step) * step + begin; at <= to; at += step) ticks.push(at);
  return { step, ticks };
};
