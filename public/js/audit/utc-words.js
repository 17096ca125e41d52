// @ts-check
/** Times in words, in UTC: an auditor compares them with notes, logs and other people's reports. Instants are milliseconds since 1970. */
import { LOCALES } from '../time-words.js';

const UTC = /** @type {const} */ ({ timeZone: 'UTC' });
const full = new Intl.DateTimeFormat(LOCALES, { dateStyle: 'full', timeStyle: 'medium', ...UTC });
const short = new Intl.DateTimeFormat(LOCALES, { dateStyle: 'medium', timeStyle: 'medium', ...UTC });
const date = new Intl.DateTimeFormat(LOCALES, { dateStyle: 'medium', ...UTC });
const clock = new Intl.DateTimeFormat(LOCALES, { timeStyle: 'short', ...UTC });
const seconds = new Intl.DateTimeFormat(LOCALES, { timeStyle: 'medium', ...UTC });
const dayAndMonth = new Intl.DateTimeFormat(LOCALES, { day: 'numeric', month: 'short', ...UTC });
// Of 24 hours in each language: without AM and PM it is shorter.
const tiny = new Intl.DateTimeFormat(LOCALES, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  ...UTC,
});
const month = new Intl.DateTimeFormat(LOCALES, { month: 'short', year: 'numeric', ...UTC });
const year = new Intl.DateTimeFormat(LOCALES, { year: 'numeric', ...UTC });

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** "Sunday 22 February 2026 at 00:00:30 UTC" @param {number} at */
export const fullWords = (at) => `${full.format(at)} UTC`;
/** "22 Feb 2026, 00:00:30" @param {number} at */
export const shortWords = (at) => short.format(at);
/** "22 Feb, 00:00", for where there is little room. @param {number} at */
export const tinyWords = (at) => tiny.format(at);
/** @param {number} at */
export const dateWords = (at) => date.format(at);

/** Two instants, the second without its date when both are of one day. @param {number} from @param {number} to */
export const spanWords = (from, to) => {
  if (to - from >= 3 * DAY) return `${date.format(from)} – ${date.format(to)}`;
  const time = to - from < 10 * MINUTE ? seconds : clock;
  const isOneDay = date.format(from) === date.format(to);
  return `${date.format(from)}, ${time.format(from)} – ${isOneDay ? '' : `${date.format(to)}, `}${time.format(to)}`;
};

/**
 * What a tick of an axis says: the part of the time that changes between ticks of that distance.
 *
 * @param {number} at
 * @param {number} step
 */
export const tickWords = (at, step) => {
  if (step >= 360 * DAY) return year.format(at);
  if (step >= 28 * DAY) return month.format(at);
  if (step >= DAY || at % DAY === 0) return dayAndMonth.format(at);
  return step >= MINUTE ? clock.format(at) : seconds.format(at);
};

/** How long something lasted at most: "12 minutes", "7 days". @param {number} milliseconds */
export const atMostWords = (milliseconds) => {
  const minutes = Math.ceil(Math.max(0, milliseconds) / MINUTE);
  if (minutes < 120) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  const hours = Math.ceil(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.ceil(hours / 24)} days`;
};
