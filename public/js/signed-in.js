// @ts-check
/** What somebody sees who is signed in: devices, sessions that ended, and what ends them. */
import { setUpAccount } from './account.js';
import { nameOf } from './agent-words.js';
import { api, auth, serverNow } from './api.js';
import { deviceList } from './device-list.js';
import { confirmation, doOrAsk, passwordDialog } from './dialogs.js';
import { bdi, byId, one } from './elements.js';
import { endedList } from './ended.js';
import { codeOf } from './error-words.js';
import { pending } from './forms.js';
import { attempt, say, settle } from './message.js';
import { signOut } from './sign-out.js';

/** @typedef {import('./auth.d.ts').Device} Device */
/** @typedef {import('./auth.d.ts').DevicePage} DevicePage */

/** How long a list that has just been read is good enough for who comes back to the page, or sees a device's time run out. */
const FRESH_MS = 5_000;
const PAGE = 50;
/** What a list that was read makes untrue. */
const READING = 'reading';

export const setUpSignedIn = () => {
  const ask = confirmation();
  const account = setUpAccount();
  let pages = 1;
  // By the clock that never steps. Long ago: nothing is shown yet.
  let shownAt = -Infinity;
  /** Counts the lists that were asked for: what is shown is the newest. */
  let asked = 0;

  const showPasswordDialog = passwordDialog(async (change) => {
    await auth.changePassword(change);
    say('Your password was changed. All your other devices are signed out.');
  });
  /** @type {import('./history.js').ReadHistory} */
  const history = async (sid, before) => {
    /** @type {import('./history.js').Page | null} */
    let page = null;
    await attempt(async () => {
      page = await api(`/devices/${sid}/events${before === null ? '' : `?before=${before}`}`);
    }, READING);
    return page;
  };
  const ended = endedList({ history, changePassword: () => showPasswordDialog(account.email), now: serverNow });

  /** @param {Device} device */
  const removed = async ({ session_id: sid, ...device }) => {
    // Before it goes, so that the page does not lose its place.
    if (!list.focusBeside(sid)) byId('devices-title').focus({ preventScroll: true });
    say([bdi(nameOf(device)), ' was signed out.']);
    await show();
  };
  /** @param {Device} device */
  const remove = async (device) => {
    const sid = device.session_id;
    try {
      const done = await doOrAsk(ask, {
        title: 'Sign out this device?',
        text: [bdi(nameOf(device)), ' has to sign in again.'],
        action: 'Sign out',
        email: account.email,
        work: (password) => auth.removeDevice(sid, { password }),
      });
      if (!done) return;
    } catch (error) {
      if (codeOf(error) === 'not_found') await show();
      throw error;
    }
    await removed(device);
  };
  const list = deviceList(byId('devices'), one(document, '#device-table', HTMLTableElement), {
    history,
    now: serverNow,
    remove: (device, button) => pending(button, () => attempt(() => remove(device))),
    rename: async (device, name) => {
      await auth.renameDevice(device.session_id, name);
      say(name === '' ? 'The name was removed.' : ['Renamed to ', bdi(name), '.']);
      await attempt(show, READING);
    },
  });

  /** As many pages as are shown. @returns {Promise<DevicePage>} */
  const readDevices = async () => {
    /** @type {DevicePage} */
    const all = await api(`/devices?limit=${PAGE}`);
    for (let page = 1; page < pages && all.next !== null; page += 1) {
      /** @type {DevicePage} */
      const more = await api(`/devices?limit=${PAGE}&after=${encodeURIComponent(all.next)}`);
      all.devices.push(...more.devices);
      all.next = more.next;
    }
    return all;
  };
  const tick = () => {
    ended.tick();
    return list.tick();
  };
  const show = async () => {
    const mine = (asked += 1);
    const sid = auth.getSession()?.sessionId;
    shownAt = performance.now();
    byId('signed-in').setAttribute('aria-busy', 'true');
    try {
      const [{ devices, recently_ended, next }, me] = await Promise.all([readDevices(), api('/me')]);
      // Meanwhile somebody else may have signed in, or nobody be signed in any more.
      if (mine !== asked || sid === undefined || sid !== auth.getSession()?.sessionId) return;
      account.show(me);
      byId('count').textContent = `${devices.length}${next === null ? '' : '+'}`;
      byId('sign-out-others').hidden = devices.length < 2 && next === null;
      byId('more-devices').hidden = next === null;
      list.show(devices.sort((a, b) => Number(b.current) - Number(a.current)));
      ended.show(recently_ended ?? []);
      tick();
      settle(READING);
    } finally {
      if (mine === asked) {
        byId('signed-in').removeAttribute('aria-busy');
        byId('loading').hidden = true;
      }
    }
  };
  const read = () => attempt(show, READING);

  /** @param {string} id @param {() => Promise<unknown>} work */
  const onClick = (id, work) => byId(id).addEventListener('click', () => void pending(byId(id), work));
  onClick('reload', read);
  onClick('more-devices', async () => {
    pages += 1;
    await read();
    if (byId('more-devices').hidden) byId('devices-title').focus({ preventScroll: true });
  });
  byId('change-password').addEventListener('click', () => showPasswordDialog(account.email));
  onClick('sign-out', signOut);
  byId('sign-out-others').addEventListener('click', async () => {
    const done = await ask({
      title: 'Sign out all others?',
      text: 'Every device but this one has to sign in again.',
      action: 'Sign out all others',
      email: account.email,
      work: (password) => auth.logoutAll({ keepCurrent: true, password }),
    });
    if (!done) return;
    say('All other devices were signed out.');
    await read();
    if (byId('sign-out-others').hidden) byId('devices-title').focus({ preventScroll: true });
  });
  byId('sign-out-everywhere').addEventListener('click', async () => {
    const done = await ask({
      title: 'Sign out everywhere?',
      text: 'All your devices have to sign in again, this one too.',
      action: 'Sign out everywhere',
      email: account.email,
      work: (password) => auth.logoutAll({ password }),
    });
    if (done) say('You are signed out everywhere.');
  });

  return {
    read,
    /** Forgets what was shown, and reads it for who is signed in now. @param {boolean} isSignedIn */
    begin: (isSignedIn) => {
      asked += 1;
      pages = 1;
      account.clear();
      list.clear();
      ended.clear();
      byId('count').replaceChildren();
      for (const id of ['sign-out-others', 'more-devices']) byId(id).hidden = true;
      byId('loading').hidden = !isSignedIn;
      if (isSignedIn) void read();
    },
    readIfStale: () => {
      const stale = performance.now() - shownAt > FRESH_MS;
      if (stale && document.visibilityState === 'visible' && auth.getSession()) void read();
    },
    tick,
  };
};
