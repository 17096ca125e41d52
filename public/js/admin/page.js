// @ts-check
/** The administrators' page: who may see it, and which part of it the address names. */
import { api } from '../api.js';
import { bdi, byId } from '../elements.js';
import { codeOf } from '../error-words.js';
import { pending } from '../forms.js';
import { attempt as attemptAny, say, settle } from '../message.js';
import { followSession } from '../session-page.js';
import { setUpSignIn } from '../sign-in.js';
import { signOut } from '../sign-out.js';
import { accountView } from './account.js';
import { accountList } from './list.js';

/** What was loaded in the end makes its failure untrue. */
const LOADING = 'loading';
const PARTS = ['no-access', 'list-view', 'user-view'];

/** @type {{ user_id: string, email: string | null, roles: readonly string[] } | null} */
let me = null;
let isListRead = false;
/** @type {string | null} */
let last = null;
/** Counts what was asked to be shown: what is shown is the newest. */
let visits = 0;
/** What failed, to be tried again. @type {(() => Promise<unknown>) | null} */
let failed = null;

/** @param {string | null} shown null: nothing yet */
const reveal = (shown) => {
  for (const part of PARTS) byId(part).hidden = part !== shown;
  byId('loading').hidden = shown !== null;
  byId('try-again').hidden = true;
  const what = shown === 'user-view' ? 'An account · Administration' : 'Administration';
  document.title = `${what} · tokenledger`;
};
/** Says that the page is for others, and shows nothing else. */
const refuse = () => {
  visits += 1;
  list.clear();
  account.clear();
  isListRead = false;
  byId('no-access-email').textContent = me?.email ?? 'an account without an address';
  reveal('no-access');
};

/** Reports what fails; the role may have been revoked meanwhile. Resolves to whether it went well. @param {() => Promise<unknown>} work @param {string} [subject] */
const attempt = async (work, subject) => {
  let wentWell = false;
  await attemptAny(async () => {
    try {
      await work();
      wentWell = true;
    } catch (error) {
      if (codeOf(error) !== 'forbidden') throw error;
      refuse();
      byId('no-access-title').focus();
    }
  }, subject);
  return wentWell;
};
const list = accountList({
  attempt,
  open: (id) => {
    location.hash = `#user/${id}`;
  },
});
const account = accountView({ attempt, me: () => me, shown: (user) => list.replace(user) });

/** Shows something once it is read, or a way to try again. @param {(isNewest: () => boolean) => Promise<unknown>} work */
const load = async (work) => {
  const mine = (visits += 1);
  reveal(null);
  failed = () => load(work);
  const wentWell = await attempt(() => work(() => mine === visits), LOADING);
  // Something else is shown meanwhile, and has reported for itself.
  if (mine !== visits) return;
  if (wentWell) {
    settle(LOADING);
    return;
  }
  byId('loading').hidden = true;
  byId('try-again').hidden = false;
};

/** Shows what the address names. */
const route = () =>
  load(async (isNewest) => {
    const [, id] = /^#user\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(location.hash) ?? [];
    if (id === undefined) {
      if (!isListRead) await list.read();
      if (!isNewest()) return;
      isListRead = true;
      reveal('list-view');
      return;
    }
    try {
      await account.open(id);
    } catch (error) {
      if (codeOf(error) !== 'not_found' || !isNewest()) throw error;
      say('There is no such account.', { bad: true });
      history.replaceState(null, '', location.pathname);
      await route();
      return;
    }
    if (isNewest()) reveal('user-view');
  });

/** Goes where the address leads, with the focus. */
const go = async () => {
  if (me === null || !me.roles.includes('admin')) return;
  const before = last;
  say('');
  await route();
  last = /^#user\/(.*)$/.exec(location.hash)?.[1] ?? null;
  if (!byId('user-view').hidden) byId('user-title').focus();
  else if (!byId('list-view').hidden && before !== null) list.focus(before);
};

const start = () =>
  load(async (isNewest) => {
    /** @type {NonNullable<typeof me>} */
    const mine = await api('/me');
    if (!isNewest()) return;
    me = mine;
    byId('who').replaceChildren(...(mine.email === null ? ['Signed in'] : ['Signed in as ', bdi(mine.email)]));
    byId('auditing').hidden = !mine.roles.includes('auditor');
    if (mine.roles.includes('admin')) await route();
    else refuse();
  });

setUpSignIn();
addEventListener('hashchange', () => void go());
byId('try-again').addEventListener('click', () => void failed?.());
byId('sign-out').addEventListener('click', () => void pending(byId('sign-out'), signOut));
followSession({
  begin: (isSignedIn) => {
    visits += 1;
    me = null;
    isListRead = false;
    for (const id of ['who', 'no-access-email']) byId(id).replaceChildren();
    list.clear();
    account.clear();
    byId('auditing').hidden = true;
    reveal(null);
    return isSignedIn ? start() : undefined;
  },
  refreshed: () => undefined,
});
