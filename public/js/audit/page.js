// @ts-check
/** The page for auditors: signing in, whether the role is there, and whom the page's address names. */
import { api } from '../api.js';
import { bdi, byId } from '../elements.js';
import { codeOf } from '../error-words.js';
import { pending } from '../forms.js';
import { attempt, say } from '../message.js';
import { followSession } from '../session-page.js';
import { setUpSignIn } from '../sign-in.js';
import { signOut } from '../sign-out.js';
import { findUser, linked } from './find.js';
import { noteSection } from './note.js';
import { userView } from './user-view.js';

const find = findUser();
const user = userView();
const note = noteSection();
/** Counts the sessions that were begun here: what was asked for in an earlier one is not shown. */
let begun = 0;
let isAuditor = false;

/** Shows whom the address names, or all users. */
const follow = () => {
  if (!isAuditor) return;
  const link = linked();
  find.show(link === null);
  byId('user').hidden = link === null;
  if (link === null) {
    user.clear();
    return;
  }
  scrollTo(0, 0);
  byId('user-title').focus({ preventScroll: true });
  void user.show(link.userId, link.at, () => {
    history.replaceState(null, '', location.pathname);
    follow();
    say('There is no user with this id.', { bad: true });
    byId('find-user').focus();
  });
};

/** @param {boolean} isThere */
const showRole = (isThere) => {
  isAuditor = isThere;
  byId('no-role').hidden = isThere;
  byId('audit').hidden = !isThere;
};

/** Reads who it is and whether the role is there: the server knows, an older token may not. */
const read = () =>
  attempt(async () => {
    const mine = (begun += 1);
    const { email } = await api('/me');
    if (mine !== begun) return;
    byId('who').replaceChildren('Signed in as ', bdi(email ?? ''));
    byId('grant-command').textContent = `npx tokenledger users grant ${email} auditor`;
    try {
      await find.load();
    } catch (error) {
      if (codeOf(error) !== 'forbidden') throw error;
      if (mine === begun) showRole(false);
      return;
    }
    if (mine !== begun) return;
    showRole(true);
    follow();
    void note.read();
  });

setUpSignIn();
followSession({
  begin: async (isSignedIn) => {
    begun += 1;
    isAuditor = false;
    for (const id of ['no-role', 'audit']) byId(id).hidden = true;
    byId('who').replaceChildren();
    user.clear();
    find.clear();
    if (isSignedIn) await read();
  },
  refreshed: () => undefined,
});
byId('sign-out').addEventListener('click', () => void pending(byId('sign-out'), signOut));
byId('try-again').addEventListener('click', () => pending(byId('try-again'), read));
addEventListener('hashchange', follow);
