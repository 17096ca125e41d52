import type { Instant } from './instant.js';

const FORM = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** An instant as people write it: ISO 8601 with a zone, seconds or not. A date alone is its beginning in UTC. Null for any other text. */
export function parseInstant(text: string): Instant | null {
  const [, year, month, day] = FORM.exec(text) ?? [];
  const instant = isDay(Number(year), Number(month), Number(day)) ? Date.parse(text) : NaN;
  return Number.isNaN(instant) ? null : instant;
}

/** Whether the calendar has a day: `Date.parse` takes the 30th of February for the 2nd of March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
