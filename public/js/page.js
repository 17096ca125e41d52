// @ts-check
/** The page of a user's own devices and account. */
import { followSession } from './session-page.js';
import { setUpSignedIn } from './signed-in.js';
import { setUpSignedOut, showView } from './signed-out.js';

const TICK_MS = 1_000;

setUpSignedOut();
const signedIn = setUpSignedIn();

followSession({
  begin: (isSignedIn) => {
    if (isSignedIn) document.title = 'Your devices · tokenledger';
    else showView();
    signedIn.begin(isSignedIn);
  },
  // A refresh moves the end of this device.
  refreshed: signedIn.read,
});
setInterval(() => {
  if (signedIn.tick()) signedIn.readIfStale();
}, TICK_MS);
for (const event of ['visibilitychange', 'online', 'pageshow']) addEventListener(event, signedIn.readIfStale);
