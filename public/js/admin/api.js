// @ts-check
/** What administrators ask the server. Each rejects with AuthError for what is no success. */
import { request } from '../api.js';
import { ROOT } from '../root.js';

const USERS = `${ROOT}api/v1/admin/users`;

/**
 * @typedef {object} User
 * @property {string} user_id
 * @property {string | null} email null: erased, or the keys cannot be reached
 * @property {boolean} email_verified
 * @property {string | null} name
 * @property {'active' | 'disabled' | 'erased' | 'abandoned'} status
 * @property {readonly string[]} roles
 * @property {string} created_at
 * @property {number} [active_sessions]
 */
/** @typedef {{ users: User[], next: string | null }} UserPage */

/** @param {Readonly<Record<string, string | number | null>>} members */
const query = (members) => {
  const given = Object.entries(members).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  return `?${new URLSearchParams(given)}`;
};

/** @param {{ limit: number, after: string | null }} page @returns {Promise<UserPage>} */
export const usersPage = (page) => request('GET', USERS + query(page));

/** The account of an address; null if there is none. @param {string} email @returns {Promise<User | null>} */
export const userOfEmail = async (email) => {
  const { users } = await request('GET', USERS + query({ email }));
  return users[0] ?? null;
};

/** @param {string} id @returns {Promise<User>} */
export const user = (id) => request('GET', `${USERS}/${id}`);

/** @param {string} id @param {{ limit: number, after: string | null }} page @returns {Promise<import('../auth.d.ts').DevicePage>} */
export const sessionsPage = (id, page) => request('GET', `${USERS}/${id}/devices${query(page)}`);

/**
 * Changes an account: `disable`, `enable`, `erase`, `logout` or `password-reset`.
 *
 * @param {string} id
 * @param {string} change
 * @param {{ reason?: string | undefined, password?: string | undefined }} [body]
 */
export const change = (id, change, body = {}) => request('POST', `${USERS}/${id}/${change}`, body);

/** @param {string} id @param {string} sid @param {{ password?: string | undefined }} body */
export const endSession = (id, sid, body) => request('DELETE', `${USERS}/${id}/devices/${sid}`, body);

/** @param {string} id @param {string} role @param {boolean} granted */
export const setRole = (id, role, granted) => request(granted ? 'PUT' : 'DELETE', `${USERS}/${id}/roles/${role}`);
