// @ts-check
/** Finds a user by address or id, or among all of them. Whom to show stands in the fragment of the page's address. */
import { bdi, byId, make, one } from '../elements.js';
import { codeOf } from '../error-words.js';
import { markFields, onSubmit, pending } from '../forms.js';
import { attempt } from '../message.js';
import { fail } from './fail.js';
import { readUsers } from './audit-api.js';
import { dateWords } from './utc-words.js';

/** @typedef {import('./audit-api.js').User} User */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PAGE = 20;

/** Where a user is shown. @param {string} userId @param {number} [at] */
export const linkTo = (userId, at) =>
  `#${new URLSearchParams({ user: userId, ...(at === undefined ? {} : { at: new Date(at).toISOString() }) })}`;

/** Whom the page's address names, and at what time; null for nobody. */
export const linked = () => {
  const query = new URLSearchParams(location.hash.slice(1));
  const userId = query.get('user')?.toLowerCase() ?? '';
  const at = Date.parse(query.get('at') ?? '');
  return UUID.test(userId) ? { userId, at: Number.isNaN(at) ? null : at } : null;
};

/** What an account is called. @param {Pick<User, 'email' | 'name' | 'user_id'>} user */
export const userName = ({ email, name, user_id: id }) => (email === null ? name : email) ?? id;

/** @param {User} user */
const userElement = (user) => {
  const link = make('a', [bdi(userName(user))]);
  link.setAttribute('href', linkTo(user.user_id));
  const facts = [...(user.status === 'active' ? [] : [user.status]), `since ${dateWords(Date.parse(user.created_at))}`];
  const name = user.name === null || user.email === null ? [] : [bdi(user.name), ' · '];
  return make('li', [link, make('p', [...name, facts.join(' · ')], 'hint')]);
};

export const findUser = () => {
  const form = one(document, 'form#find', HTMLFormElement);
  const more = byId('more-users');
  /** @type {string | null} */
  let next = null;

  onSubmit(form, {
    fail,
    work: async ({ user = '' }) => {
      const text = user.trim();
      if (UUID.test(text)) {
        location.hash = linkTo(text.toLowerCase());
        return;
      }
      /** @param {string} words */
      const wrong = (words) => markFields(form, new Map([['user', words]]));
      try {
        const { users } = await readUsers({ email: text });
        const [found] = users;
        if (found) location.hash = linkTo(found.user_id);
        else wrong('No account has this address. An erased account is found by its id alone.');
      } catch (error) {
        if (codeOf(error) !== 'validation_failed') throw error;
        wrong('Please enter an address such as ada@example.com, or a user id of 36 characters.');
      }
    },
  });
  /** @param {string | null} after */
  const load = async (after) => {
    const page = await readUsers({ after, limit: PAGE });
    if (after === null) byId('users').replaceChildren();
    byId('users').append(...page.users.map(userElement));
    next = page.next;
    more.hidden = next === null;
  };
  more.addEventListener('click', () =>
    pending(more, () =>
      attempt(async () => {
        const known = byId('users').children.length;
        await load(next);
        byId('users').children[known]?.querySelector('a')?.focus({ preventScroll: true });
      }),
    ),
  );
  return {
    /** Reads the first page of all users. Rejects with AuthError. */
    load: () => load(null),
    /** @param {boolean} isBrowsing whether nobody is shown */
    show: (isBrowsing) => {
      byId('browse').hidden = !isBrowsing;
      markFields(form, new Map());
    },
    clear: () => {
      byId('users').replaceChildren();
      more.hidden = true;
      form.reset();
    },
  };
};
