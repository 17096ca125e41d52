// @ts-check
/** How an account is described to administrators. */
import { make } from '../elements.js';

/** @typedef {import('./api.js').User} User */

/** @type {Readonly<Record<User['status'], string>>} */
export const STATUS = {
  active: 'Active',
  disabled: 'Disabled',
  erased: 'Erased',
  abandoned: 'Never completed',
};

/** @type {readonly (readonly [role: string, name: string, what: string])[]} */
export const ROLES = [
  ['admin', 'Administrator', 'Sees and changes every account'],
  ['auditor', 'Auditor', 'Reads what happened to every account'],
  ['resource_server', 'Resource server', 'Asks about tokens; for services'],
];

/** @param {string} role */
export const roleName = (role) => ROLES.find(([it]) => it === role)?.[1] ?? role;

/** Whether anything can still be done to it. @param {Pick<User, 'status'>} user */
export const isLiving = ({ status }) => status === 'active' || status === 'disabled';

/** What an account is called where it has no address. @param {Pick<User, 'status'>} user */
export const nameless = ({ status }) => (status === 'active' ? 'Address not readable now' : `${STATUS[status]} account`);

/** What is worth a mark, in a list too: nothing of a usual account. @param {User} user */
export const tagsOf = ({ status, email, email_verified: isVerified, roles }) => [
  ...(status === 'active' || email === null ? [] : [make('span', [STATUS[status]], `tag ${status}`)]),
  ...(isVerified || !isLiving({ status }) ? [] : [make('span', ['Not confirmed'], 'tag')]),
  ...roles.map((role) => make('span', [roleName(role)], 'tag granted')),
];
