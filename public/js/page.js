// @ts-check
/** The page: shows what fits whether somebody is signed in, and follows what happens to the session, also in other tabs. */
import { auth } from './api.js';
import { closeDialogs } from './dialogs.js';
import { byId } from './elements.js';
import { say } from './message.js';
import { setUpSignedIn } from './signed-in.js';
import { setUpSignedOut, showView } from './signed-out.js';

const TICK_MS = 1_000;

setUpSignedOut();
const signedIn = setUpSignedIn();

/** @param {boolean} isSignedIn */
const render = (isSignedIn) => {
  const [shown, hidden] = isSignedIn ? ['signed-in', 'signed-out'] : ['signed-out', 'signed-in'];
  // Who used the keyboard in what goes is taken to what comes.
  const leaves = ['account', hidden, 'confirm', 'password-dialog'].some((id) => byId(id).contains(document.activeElement));
  closeDialogs();
  byId(hidden).hidden = true;
  byId(shown).hidden = false;
  byId('account').hidden = !isSignedIn;
  if (isSignedIn) document.title = 'Your devices · tokenledger';
  else showView();
  const titles = [...byId(shown).querySelectorAll('h2[tabindex]')];
  const title = titles.find((it) => it.checkVisibility());
  if (leaves && title instanceof HTMLElement) title.focus();
  signedIn.begin(isSignedIn);
};

auth.onAuthChange((session, reason) => {
  if (reason === 'ended') say('Your session has ended. Please sign in again.', { bad: true });
  if (reason === 'login') say('');
  // A refresh moves the end of this device.
  if (reason === 'refresh') void signedIn.read();
  else render(session !== null);
});
setInterval(() => {
  if (signedIn.tick()) signedIn.readIfStale();
}, TICK_MS);
for (const event of ['visibilitychange', 'online', 'pageshow']) addEventListener(event, signedIn.readIfStale);
render(auth.getSession() !== null);
