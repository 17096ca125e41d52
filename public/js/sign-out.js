// @ts-check
/** Signing out, on every page. */
import { auth } from './api.js';
import { say, settle } from './message.js';
import { STORAGE_KEY } from './root.js';

const POLL_MS = 1_000;
/** What is said until the server knows. */
const UNKNOWN = 'a sign-out that the server does not know of';

/** Whether auth.js has yet to report a sign-out; it does so when it can. */
const isOwed = () => {
  try {
    return localStorage.getItem(`${STORAGE_KEY}.unrevoked`) !== null;
  } catch {
    return false;
  }
};

/** Signs out, and says whether the server knows, also when it knows later. */
export const signOut = async () => {
  if (await auth.logout()) {
    say('You are signed out.');
    return;
  }
  say('You are signed out here; the server does not know yet.', { about: UNKNOWN });
  // Where nothing can be kept, it cannot be seen when the server knows.
  if (!isOwed()) return;
  const poll = setInterval(() => {
    if (isOwed()) return;
    clearInterval(poll);
    settle(UNKNOWN, 'You are signed out, and the server knows.');
  }, POLL_MS);
};
