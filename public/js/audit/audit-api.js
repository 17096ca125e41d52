// @ts-check
/** What auditors ask of the server. All reject with AuthError. */
import { brings, inTime } from '../answers.js';
import { auth, refusalOf, request } from '../api.js';
import { ROOT } from '../root.js';

const AUDIT = `${ROOT}api/v1/audit`;

/**
 * @typedef {object} User
 * @property {string} user_id
 * @property {string | null} email
 * @property {string | null} name
 * @property {string} status
 * @property {string} created_at
 */
/**
 * @typedef {object} StateDevice
 * @property {string} session_id
 * @property {string} device_id
 * @property {string | null} device_name
 * @property {number} generation
 * @property {string | null} ip
 * @property {string | null} user_agent
 * @property {string} issued_at
 * @property {string} expires_at
 */
/** @typedef {{ at: string, position: string | null, status: string | null, devices: StateDevice[] }} State */
/** @typedef {{ ip: string | null, user_agent: string | null, from: string, to: string, generations: number[] }} Holder */
/**
 * @typedef {object} Theft
 * @property {string} session_id
 * @property {string} detected_at
 * @property {number} generation
 * @property {'stolen' | 'lost_response' | 'concurrent_client'} label
 * @property {Holder[]} holders
 * @property {string | null} exposed_from
 * @property {string | null} exposed_to
 */
/** @typedef {import('./lanes.js').Entry} Entry */
/** @typedef {{ at: number } | { position: string }} Moment */

/** @param {Readonly<Record<string, string | number | null>>} query */
const queryOf = (query) => {
  const given = Object.entries(query).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
};
/** @param {string} userId */
const userPath = (userId) => `${AUDIT}/users/${encodeURIComponent(userId)}`;

/** @param {string} path @returns {Promise<any>} */
const get = (path) => request('GET', path);
/** @param {string} path @returns {Promise<string>} */
const getText = async (path) => {
  const answer = await auth.apiRequest(path, { signal: inTime() });
  if (brings(answer, 'text/plain')) return answer.text();
  throw await refusalOf(answer);
};

/** @param {{ email?: string, after?: string | null, limit?: number }} query @returns {Promise<{ users: User[], next: string | null }>} */
export const readUsers = ({ email, after = null, limit }) =>
  get(`${AUDIT}/users${queryOf({ email: email ?? null, after, limit: limit ?? null })}`);

/** @param {string} userId @returns {Promise<User>} */
export const readUser = (userId) => get(userPath(userId));

/** @param {string} userId @param {string | null} after @returns {Promise<{ items: Entry[], next: string | null }>} */
export const readTimeline = (userId, after) => get(`${userPath(userId)}/timeline${queryOf({ after })}`);

/** @param {string} userId @param {Moment | null} moment null: now @returns {Promise<State>} */
export const readState = (userId, moment) => {
  const query = moment === null ? {} : 'at' in moment ? { at: new Date(moment.at).toISOString() } : moment;
  return get(`${userPath(userId)}/state${queryOf(query)}`);
};

/** All of a user, however many pages these are. @param {string} userId @returns {Promise<Theft[]>} */
export const readThefts = async (userId) => {
  /** @type {Theft[]} */
  const thefts = [];
  for (let after = null; ;) {
    const { items, next } = await get(`${userPath(userId)}/theft${queryOf({ after })}`);
    thefts.push(...items);
    if (next === null) return thefts;
    after = next;
  }
};

export const readNote = () => getText(`${AUDIT}/checkpoint`);
export const readKey = () => getText(`${AUDIT}/key`);
