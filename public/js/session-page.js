// @ts-check
/** A page for who is signed in: shows what fits, and follows what happens to the session, also in other tabs. */
import { auth } from './api.js';
import { closeDialogs } from './dialogs.js';
import { byId, isFocusLost } from './elements.js';
import { say } from './message.js';

/**
 * @typedef {object} SessionPage
 * @property {(isSignedIn: boolean) => unknown} begin Shows what is for who is signed in now, and forgets what was for somebody else. The
 *   focus goes to a title once what it returns is settled.
 * @property {() => unknown} refreshed Called when this device was refreshed.
 */

/** @param {SessionPage} page */
export const followSession = ({ begin, refreshed }) => {
  /** @param {boolean} isSignedIn */
  const render = async (isSignedIn) => {
    const [shown, hidden] = isSignedIn ? ['signed-in', 'signed-out'] : ['signed-out', 'signed-in'];
    // Who used the keyboard in what goes is taken to what comes.
    const leaves = document.activeElement?.closest(`#account, #${hidden}, dialog`) != null;
    closeDialogs();
    byId(hidden).hidden = true;
    byId(shown).hidden = false;
    byId('account').hidden = !isSignedIn;
    const left = document.activeElement;
    await begin(isSignedIn);
    const titles = [...byId(shown).querySelectorAll('h2[tabindex]')];
    const title = titles.find((it) => it.checkVisibility());
    // Meanwhile somebody may have gone on to something else.
    if (leaves && (isFocusLost() || document.activeElement === left) && title instanceof HTMLElement) title.focus();
  };

  auth.onAuthChange((session, reason) => {
    if (reason === 'ended') say('Your session has ended. Please sign in again.', { bad: true });
    if (reason === 'login') say('');
    if (reason === 'refresh') refreshed();
    else void render(session !== null);
  });
  void render(auth.getSession() !== null);
};
