import { isoOf, type Instant } from '../../domain/instant.js';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;
// Up to so many of the smaller unit, people say that one: 24 hours, 90 minutes.
const SMALLER_UP_TO = 2;

/** A moment to the minute, the same for readers everywhere: `31 January 2026, 12:00 UTC`. */
export function utcWords(instant: Instant): string {
  const iso = isoOf(instant);
  const [year, month, day] = iso.slice(0, 10).split('-').map(Number);
  return `${day ?? 0} ${MONTHS[(month ?? 1) - 1] ?? ''} ${year ?? 0}, ${iso.slice(11, 16)} UTC`;
}

/** A length of time in one unit, rounded down: `15 minutes`, `24 hours`. */
export function durationWords(milliseconds: number): string {
  const [name, size] = UNITS.find(([unit, ms]) => milliseconds >= (unit === 'second' ? 0 : ms * SMALLER_UP_TO)) ?? UNITS[3];
  const count = Math.floor(milliseconds / size);
  return count === 1 ? `1 ${name}` : `${count} ${name}s`;
}

/** When something happened, for a mail that is written `now`: absolute, and seen from the mail. */
export function whenWords(instant: Instant, now: Instant): string {
  const agoMs = now - instant;
  const ago = agoMs < 60_000 ? 'just before this mail was sent' : `${durationWords(agoMs)} before this mail was sent`;
  return `${utcWords(instant)} (${ago})`;
}
