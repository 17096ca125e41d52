// @ts-check
/** Reads what is known of one user: account, thefts, and the timeline page by page. */
import { serverNow } from '../api.js';
import { codeOf } from '../error-words.js';
import { readState, readThefts, readTimeline, readUser } from './audit-api.js';
import { laneBuilder } from './lanes.js';
import { settleEnds } from './settle-ends.js';

/** @typedef {import('./lanes.js').Entry} Entry */
/** @typedef {import('./audit-api.js').Theft} Theft */
/** @typedef {import('./audit-api.js').User} User */
/** @typedef {ReturnType<typeof readingOf>} Reading */

/** So many events are read before the reader is asked. */
const MAX_EVENTS = 20_000;

/** @param {unknown} error */
const nullIfMissing = (error) => {
  if (codeOf(error) !== 'not_found') throw error;
  return null;
};

/** @param {string} userId empty: nobody */
export const readingOf = (userId) => {
  let isLeft = false;
  const lanes = laneBuilder();
  /** @type {Entry[]} */
  const entries = [];
  /** @type {Theft[]} */
  let thefts = [];
  /** Where to read on; null at the end. @type {string | null} */
  let next = null;

  /** @param {import('./audit-api.js').Moment | null} moment null: now */
  const stateAt = (moment) => readState(userId, moment);
  return {
    userId,
    lanes,
    entries,
    thefts: () => thefts,
    /** By the server's clock. */
    now: serverNow(),
    hasMore: () => next !== null,
    stateAt,
    /**
     * Who it is; null if the log alone knows. Rejects with AuthError `not_found` if there is nobody.
     *
     * @returns {Promise<User | null>}
     */
    readUser: async () => {
      const [user, found] = await Promise.all([readUser(userId).catch(nullIfMissing), readThefts(userId)]);
      thefts = found;
      return user;
    },
    /** Reads the timeline on, until it ends or there is much of it. @param {() => void} grown */
    readOn: async (grown) => {
      const enough = entries.length + MAX_EVENTS;
      do {
        const page = await readTimeline(userId, next);
        if (isLeft) return;
        entries.push(...page.items);
        lanes.add(page.items);
        next = page.next;
        grown();
      } while (next !== null && entries.length < enough);
      lanes.guessEnds();
      // Sessions of which only a part was read have no end yet.
      if (next === null) await settleEnds(lanes, await stateAt(null), (position) => stateAt({ position }));
    },
    isLeft: () => isLeft,
    /** Nobody waits for it any more: nothing more is read. */
    leave: () => {
      isLeft = true;
    },
  };
};
