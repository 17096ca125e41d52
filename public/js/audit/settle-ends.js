// @ts-check
/** Finds out when sessions ended that no event of their own has ended. */

import { firstAfter } from './lanes.js';

/** So many questions at most: what is left over keeps the end that is most likely. */
const MAX_QUESTIONS = 40;

/** @typedef {{ devices: readonly { session_id: string, expires_at: string }[] }} State */

/**
 * A sign-out of all sessions may have spared one, and an expiry may not be noted yet. The state at these moments says which.
 *
 * @param {import('./lanes.js').Lanes} lanes
 * @param {State} now
 * @param {(position: string) => Promise<State>} stateAt
 */
export const settleEnds = async (lanes, now, stateAt) => {
  const alive = new Set(now.devices.map(({ session_id: sid }) => sid));
  /** By position. @type {Map<string, Promise<State>>} */
  const asked = new Map();
  /** @param {string} position */
  const at = async (position) => {
    const known = asked.get(position);
    if (!known && asked.size >= MAX_QUESTIONS) return null;
    const question = known ?? stateAt(position);
    asked.set(position, question);
    return question;
  };
  /** @param {import('./lanes.js').Session} session @returns {Promise<number | null>} */
  const endOf = async ({ sid, end, lastPosition }) => {
    for (const signOut of lanes.signOuts.slice(firstAfter(lanes.signOuts, lastPosition))) {
      const then = await at(signOut.position);
      if (then === null) return end;
      if (!then.devices.some((device) => device.session_id === sid)) return signOut.at;
    }
    const last = await at(lastPosition);
    const expiresAt = last?.devices.find((device) => device.session_id === sid)?.expires_at;
    return expiresAt === undefined ? end : Date.parse(expiresAt);
  };
  for (const session of lanes.sessions()) {
    if (session.hasOwnEnd) continue;
    session.end = alive.has(session.sid) ? null : await endOf(session);
  }
};
