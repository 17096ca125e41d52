// @ts-check
/** Which marks the events of a device come to. Draws nothing. */
import { dayOf } from './time-words.js';

/**
 * @typedef {object} Event
 * @property {string} type
 * @property {string} occurred_at
 * @property {number} generation
 * @property {string | null} ip
 * @property {string | null} user_agent
 * @property {string | null} [reason]
 * @property {boolean} [contested]
 */
/** @typedef {Pick<Event, 'ip' | 'user_agent'>} Place Where a program was, and which. */
/**
 * @typedef {object} Mark
 * @property {Event[]} events What it stands for, newest first. None: the end of a session that ended with all others of the user, of
 *   which the device's own history knows nothing but that another one began.
 * @property {Place[]} places Of whom, as far as that is known.
 * @property {'network' | 'program' | null} moved What is another one than in the events before.
 * @property {boolean} forked Whether the session was in two hands by then.
 */
/** @typedef {{ day: string, at: string, marks: Mark[] }} Day */

const ENDS = ['TokenRevoked', 'TokenExpired'];
const USES = ['TokenRotated', 'TokenRedelivered'];
/** A day with more marks than that is drawn with fewer. */
const MAX_A_DAY = 6;

/** @param {Place} place */
const isKnown = ({ ip, user_agent: agent }) => ip !== null || agent !== null;
/** @param {Place} a @param {Place} b */
const isSamePlace = (a, b) => a.ip === b.ip && a.user_agent === b.user_agent;
/** @param {readonly Place[]} places */
const distinct = (places) =>
  places
    .filter(isKnown)
    .filter((place, index, known) => known.findIndex((other) => isSamePlace(place, other)) === index)
    .map(({ ip, user_agent }) => ({ ip, user_agent }));

/** The events of one session after the other, newest first. @param {readonly Event[]} events newest first */
const familiesOf = (events) => {
  /** @type {Event[][]} */
  const families = [];
  for (const [index, event] of events.entries()) {
    const family = families.at(-1);
    if (family && events[index - 1]?.type !== 'TokenIssued') family.push(event);
    else families.push([event]);
  }
  return families;
};

/**
 * The generation after which two held the session; infinite if there was one only, or if nothing shows when they parted. The one
 * who presented the old token had that token last, so it is the newest that came from that place.
 *
 * @param {readonly Event[]} family
 */
export const forkOf = (family) => {
  const index = family.findIndex(({ type }) => type === 'TokenReuseDetected');
  const reuse = family[index];
  if (!reuse) return Infinity;
  const before = family.slice(index + 1).filter(({ type }) => type === 'TokenRotated' || type === 'TokenIssued');
  const newest = before[0]?.generation ?? 0;
  if (reuse.generation < newest) return reuse.generation;
  const held = before.find((event) => isKnown(reuse) && isSamePlace(event, reuse))?.generation;
  return held !== undefined && held < newest ? held : Infinity;
};

/** The places from which a session was used that was in two hands. @param {readonly Event[]} family @param {number} fork */
const placesOfFork = (family, fork) => {
  const index = family.findIndex(({ type }) => type === 'TokenReuseDetected');
  const reuse = family[index];
  if (!reuse) return [];
  const others = family
    .slice(index + 1)
    .filter((event) => fork === Infinity || (event.generation > fork && USES.includes(event.type)));
  return distinct([reuse, ...others]).slice(0, 2);
};

/** @param {Event} event @param {Event | undefined} older @returns {Mark['moved']} */
const moveOf = (event, older) => {
  if (!older || !USES.includes(event.type) || !isKnown(event) || !isKnown(older)) return null;
  if (event.user_agent !== older.user_agent) return 'program';
  return event.ip === older.ip ? null : 'network';
};

/** @param {readonly Event[]} family */
const marksOfFamily = (family) => {
  const fork = forkOf(family);
  /** @type {Mark[]} */
  const marks = [];
  for (const [index, event] of family.entries()) {
    const forked = USES.includes(event.type) && event.generation > fork;
    const moved = moveOf(
      event,
      family.slice(index + 1).find((older) => isKnown(older)),
    );
    const last = marks.at(-1);
    const newest = last?.events[0];
    const continues =
      event.type === 'TokenRotated' &&
      newest?.type === 'TokenRotated' &&
      last?.moved === null &&
      last.forked === forked &&
      dayOf(event.occurred_at) === dayOf(newest.occurred_at);
    if (continues && last) {
      last.events.push(event);
      last.moved = moved;
      continue;
    }
    const places = event.type === 'TokenReuseDetected' ? placesOfFork(family, fork) : distinct([event]);
    marks.push({ events: [event], places, moved, forked });
  }
  return marks;
};

/** Uses that follow each other are drawn as one, from however many places. @param {readonly Mark[]} marks of one day */
const fewer = (marks) => {
  if (marks.length <= MAX_A_DAY) return [...marks];
  /** @param {Mark | undefined} mark */
  const isUse = (mark) => mark?.events[0] !== undefined && USES.includes(mark.events[0].type) && !mark.events[0].contested;
  /** @type {Mark[]} */
  const drawn = [];
  for (const mark of marks) {
    const last = drawn.at(-1);
    if (last && isUse(last) && isUse(mark) && last.forked === mark.forked) {
      const places = distinct([...last.places, ...mark.places]);
      drawn[drawn.length - 1] = { ...last, events: [...last.events, ...mark.events], places, moved: mark.moved };
    } else drawn.push(mark);
  }
  return drawn;
};

/**
 * The marks of each day, newest first: alike uses that follow each other are one mark.
 *
 * @param {readonly Event[]} events newest first
 * @returns {Day[]}
 */
export const daysOf = (events) => {
  const marks = familiesOf(events).flatMap((family, index) => {
    const own = marksOfFamily(family);
    const endedWithAll = index > 0 && !ENDS.includes(family[0]?.type ?? '');
    /** @type {Mark} */
    const end = { events: [], places: [], moved: null, forked: false };
    return endedWithAll ? [end, ...own] : own;
  });
  /** @type {Day[]} */
  const days = [];
  for (const mark of marks) {
    const at = mark.events[0]?.occurred_at;
    const last = days.at(-1);
    // What has no time of its own belongs to what came after it.
    if (last && (at === undefined || dayOf(at) === last.day)) last.marks.push(mark);
    else if (at !== undefined) days.push({ day: dayOf(at), at, marks: [mark] });
  }
  return days.map((day) => ({ ...day, marks: fewer(day.marks) }));
};
