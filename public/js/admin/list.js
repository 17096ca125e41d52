// @ts-check
/** All accounts, page by page, and finding one by its address. */
import { serverNow } from '../api.js';
import { bdi, byId, make, one, timeElement } from '../elements.js';
import { clearForm, markFields, onSubmit, pending } from '../forms.js';
import { say, settle } from '../message.js';
import { agoWords, exactWords } from '../time-words.js';
import { userOfEmail, usersPage } from './api.js';
import { nameless, tagsOf } from './words.js';

/** @typedef {import('./api.js').User} User */

const PAGE = 50;
const READING = 'reading accounts';

/** @param {User} user */
const itemOf = (user) => {
  const made = user.created_at;
  const link = make('a', [user.email === null ? nameless(user) : bdi(user.email)]);
  link.setAttribute('href', `#user/${user.user_id}`);
  // Those without an address would all look alike.
  const alike = user.email === null ? [make('p', [make('code', [user.user_id])], 'hint')] : [];
  const detail = user.name === null ? alike : [make('p', [bdi(user.name)], 'hint')];
  const time = timeElement(made, `Registered ${agoWords(made, serverNow())}`, exactWords(made));
  return make('li', [
    make('div', [make('h3', [link]), ...detail], 'naming'),
    make('p', tagsOf(user), 'tags'),
    make('p', [time], 'hint made'),
  ]);
};

/**
 * @param {object} options
 * @param {(work: () => Promise<unknown>, subject?: string) => Promise<unknown>} options.attempt Reports what fails.
 * @param {(id: string) => void} options.open Shows one account.
 */
export const accountList = ({ attempt, open }) => {
  const root = byId('users');
  const form = one(document, 'form#find', HTMLFormElement);
  /** @type {string | null} */
  let next = null;
  let asked = 0;

  /** @param {string | null} after */
  const load = async (after) => {
    const mine = (asked += 1);
    const page = await usersPage({ limit: PAGE, after });
    if (mine !== asked) return;
    const items = page.users.map(itemOf);
    if (after === null) root.replaceChildren(...items);
    else root.append(...items);
    ({ next } = page);
    byId('more-users').hidden = next === null;
    // The button that was pressed may be gone.
    if (after !== null) items[0]?.querySelector('a')?.focus({ preventScroll: next !== null });
    settle(READING);
  };
  byId('more-users').addEventListener('click', () => {
    void pending(byId('more-users'), () => attempt(() => load(next), READING));
  });
  onSubmit(form, {
    fail: (text) => say(text, { bad: text !== '' }),
    work: async ({ email = '' }) => {
      const found = await userOfEmail(email);
      if (found) {
        clearForm(form);
        open(found.user_id);
      } else markFields(form, new Map([['email', 'There is no account with this address.']]));
    },
  });

  return {
    /** Reads it from its beginning. Rejects as `usersPage` does. */
    read: () => load(null),
    /** Shows an account as it is now, if it is in the list. @param {User} user */
    replace: (user) => root.querySelector(`li:has(a[href="#user/${user.user_id}"])`)?.replaceWith(itemOf(user)),
    /** Goes to an account that was looked at, where it is in the list. @param {string} id */
    focus: (id) => {
      const link = root.querySelector(`a[href="#user/${id}"]`);
      if (link instanceof HTMLElement) link.focus();
      else byId('list-title').focus();
    },
    clear: () => {
      asked += 1;
      next = null;
      root.replaceChildren();
      clearForm(form);
      byId('more-users').hidden = true;
    },
  };
};
