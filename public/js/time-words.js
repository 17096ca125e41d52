// @ts-check
/** Times in words. The page is in English, so are they; of English, the reader's own. */

export const LOCALES = [...navigator.languages.filter((language) => /^en\b/i.test(language)), 'en-GB'];
const exact = new Intl.DateTimeFormat(LOCALES, { dateStyle: 'full', timeStyle: 'long' });
const date = new Intl.DateTimeFormat(LOCALES, { dateStyle: 'medium' });
const clock = new Intl.DateTimeFormat(LOCALES, { timeStyle: 'short' });
const weekday = new Intl.DateTimeFormat(LOCALES, { weekday: 'long', day: 'numeric', month: 'long' });
const relative = new Intl.RelativeTimeFormat(LOCALES, { numeric: 'always' });

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = /** @type {const} */ ([
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
]);
/** Who was seen within that time is there now: programs show themselves from time to time only. */
const NOW_MS = 5 * MINUTE;

/** @param {string} instant */
export const exactWords = (instant) => exact.format(new Date(instant));
/** @param {string} instant */
export const clockWords = (instant) => clock.format(new Date(instant));
/** One value for each day by the reader's calendar. @param {string} instant */
export const dayOf = (instant) => new Date(instant).toDateString();

/** "3 hours ago"; a date when it is over a week. @param {string} instant @param {number} now */
export const agoWords = (instant, now) => {
  const passed = Math.max(0, now - Date.parse(instant));
  if (passed < MINUTE) return 'just now';
  if (passed > 7 * DAY) return `on ${date.format(new Date(instant))}`;
  const [unit, size] = UNITS.find(([, length]) => passed >= length) ?? UNITS[3];
  return relative.format(-Math.floor(passed / size), unit);
};

/** @param {{ current: boolean, last_used_at: string }} device @param {number} now */
export const activeWords = ({ current, last_used_at: used }, now) =>
  current || now - Date.parse(used) < NOW_MS ? 'active now' : agoWords(used, now);

/** @param {string} instant @param {number} now */
export const dayWords = (instant, now) => {
  const day = dayOf(instant);
  if (day === new Date(now).toDateString()) return 'Today';
  if (day === new Date(now - DAY).toDateString()) return 'Yesterday';
  const then = new Date(instant);
  return now - then.getTime() < 180 * DAY ? weekday.format(then) : date.format(then);
};

/** @param {number} count @param {string} unit */
const counted = (count, unit) => new Intl.NumberFormat(LOCALES, { style: 'unit', unit, unitDisplay: 'long' }).format(count);

/** How much time is left, in its two largest units: "6 days 23 hours". @param {number} milliseconds */
export const durationWords = (milliseconds) => {
  let left = Math.max(0, Math.ceil(milliseconds / SECOND) * SECOND);
  if (left === 0) return 'ended';
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(counted(count, unit));
    if (count === 0 ? parts.length > 0 : parts.length === 2) break;
  }
  return parts.join(' ');
};

/** How long to wait, never too short: "in 15 minutes". @param {number} seconds */
export const waitWords = (seconds) => {
  if (seconds <= 90) return relative.format(seconds, 'second');
  if (seconds <= 90 * 60) return relative.format(Math.ceil(seconds / 60), 'minute');
  return relative.format(Math.ceil(seconds / 3_600), 'hour');
};
