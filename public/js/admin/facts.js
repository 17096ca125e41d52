// @ts-check
/** What is known of an account, and which of its parts fit what it is. */
import { serverNow } from '../api.js';
import { bdi, byId, make, timeElement } from '../elements.js';
import { agoWords, exactWords } from '../time-words.js';
import { isLiving, STATUS, nameless, tagsOf } from './words.js';

/** @typedef {import('./api.js').User} User */

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {User} user @returns {readonly (readonly [term: string, description: string | Node])[]} */
const factsOf = ({ name, email_verified: isVerified, status, created_at: made, user_id: id, ...user }) => [
  ['Name', name === null ? 'None' : bdi(name)],
  ...(isLiving({ status }) ? [/** @type {const} */ (['Address', isVerified ? 'Confirmed' : 'Not confirmed'])] : []),
  ['Status', STATUS[status]],
  ['Registered', timeElement(made, capital(agoWords(made, serverNow())), exactWords(made))],
  ['Sessions', `${user.active_sessions ?? 0} active`],
  ['Id', make('code', [id])],
];

/** @param {User} user @param {boolean} isOwn Whether it is the administrator's own. */
export const showFacts = (user, isOwn) => {
  const isActive = user.status === 'active';
  byId('user-title').replaceChildren(user.email === null ? nameless(user) : bdi(user.email));
  byId('user-tags').replaceChildren(...(isOwn ? [make('span', ['Your own account'], 'tag own')] : []), ...tagsOf(user));
  byId('facts').replaceChildren(...factsOf(user).map(([term, it]) => make('div', [make('dt', [term]), make('dd', [it])])));
  for (const id of ['account-actions', 'roles-section', 'erase-section']) byId(id).hidden = !isLiving(user);
  byId('reset-password').hidden = !isActive;
  byId('disable-user').hidden = !isActive;
  byId('enable-user').hidden = isActive;
  byId('sign-out-user').hidden = !isActive;
};
