// @ts-check
import { AuthError, createAuth } from './auth.js';
import { nameOf } from './device-card.js';
import { deviceList } from './device-list.js';
import { one } from './elements.js';
import { wordsOf } from './words.js';

const API = '/api/v1/auth';
const TICK_MS = 1_000;
/** How long a list that has just been read is good enough for who comes back to the page, or sees a device's time run out. */
const FRESH_MS = 5_000;

const auth = createAuth();

/** @param {string} id */
const element = (id) => one(document, `#${id}`, HTMLElement);
const form = one(document, '#sign-in', HTMLFormElement);
const message = element('message');

/** @param {string} text @param {boolean} [bad] */
const say = (text, bad = false) => {
  message.textContent = text;
  message.classList.toggle('bad', bad);
};

/** Does something that may fail, and says so in words. @param {() => Promise<void>} work */
const attempt = async (work) => {
  try {
    await work();
  } catch (error) {
    // Why the session ended has been said; that requests came too late then adds nothing.
    const late = error instanceof AuthError && error.code === 'signed_out' && message.classList.contains('bad');
    if (!late) say(wordsOf(error), true);
  }
};

/** How far the server's clock is ahead of this machine's: countdowns go by the server's. */
let aheadMs = 0;
/** @param {Response} answer */
const noteClock = (answer) => {
  const ahead = Date.parse(answer.headers.get('Date') ?? '') - Date.now();
  // The header has whole seconds, and was on its way: less than that tells nothing.
  if (Math.abs(ahead) < 3_000) aheadMs = 0;
  else if (!Number.isNaN(ahead)) aheadMs = ahead;
};

/** What the API answers; rejects with AuthError for what is no success. @param {string} path @param {RequestInit} [init] */
const api = async (path, init) => {
  const answer = await auth.apiRequest(API + path, init);
  noteClock(answer);
  const body = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new AuthError(body?.code ?? 'unavailable', answer.status, body);
  return body;
};

const list = deviceList(element('devices'), one(document, '#device-template', HTMLTemplateElement), {
  history: async (sid, before) => {
    /** @type {import('./timeline.js').History | null} */
    let page = null;
    await attempt(async () => {
      page = await api(`/devices/${sid}/events${before === null ? '' : `?before=${before}`}`);
    });
    return page;
  },
  remove: (device, button) =>
    once(button, async () => {
      await api(`/devices/${device.session_id}`, { method: 'DELETE' });
      say(`${nameOf(device)} was signed out.`);
      await showDevices();
      // Its button had the focus, and is gone with it.
      if (document.activeElement === document.body) element('devices-title').focus();
    }),
});

const tick = () => list.tick(Date.now() + aheadMs);

/** Counts the lists that were asked for: what is shown is the newest. */
let asked = 0;
let shownAt = 0;
const showDevices = async () => {
  const mine = (asked += 1);
  const sid = auth.getSession()?.sessionId;
  shownAt = Date.now();
  element('devices').setAttribute('aria-busy', 'true');
  try {
    const [{ devices }, me] = await Promise.all([api('/devices'), api('/me')]);
    // Meanwhile somebody else may have signed in, or nobody be signed in any more.
    if (mine !== asked || sid === undefined || sid !== auth.getSession()?.sessionId) return;
    element('who').textContent = me.email === null ? 'Signed in' : `Signed in as ${me.email}`;
    element('count').textContent = String(devices.length);
    element('sign-out-others').hidden = devices.length < 2;
    /** @type {import('./device-card.js').Device[]} */
    const sorted = devices;
    list.show(sorted.sort((a, b) => Number(b.current) - Number(a.current)));
    tick();
  } finally {
    if (mine === asked) element('devices').removeAttribute('aria-busy');
  }
};
const showIfStale = () => {
  const stale = Date.now() - shownAt > FRESH_MS;
  if (stale && document.visibilityState === 'visible' && auth.getSession()) void attempt(showDevices);
};

/** Shows what fits whether somebody is signed in. @param {boolean} signedIn */
const render = (signedIn) => {
  const [shown, hidden] = signedIn ? ['signed-in', 'signed-out'] : ['signed-out', 'signed-in'];
  // Who used the keyboard in what goes away is taken to what comes.
  const leaves = [element(hidden), element('account')].some((part) => part.contains(document.activeElement));
  element(hidden).hidden = true;
  element(shown).hidden = false;
  element('account').hidden = !signedIn;
  document.title = `${signedIn ? 'Your devices' : 'Sign in'} · tokenledger`;
  if (leaves) one(element(shown), 'h2', HTMLElement).focus();
  list.clear();
  for (const id of ['who', 'count']) element(id).textContent = '';
  if (signedIn) void attempt(showDevices);
};

/** Marks the fields that the server did not accept. @param {unknown} error none: all are right */
const markFields = (error) => {
  /** @type {{ path: string }[]} */
  const errors = (error instanceof AuthError && error.problem?.errors) || [];
  const wrong = errors.map(({ path }) => (path === 'device_name' ? 'deviceName' : path));
  const inputs = [...form.querySelectorAll('input')];
  for (const input of inputs) {
    if (wrong.includes(input.name)) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }
  inputs.find((input) => wrong.includes(input.name))?.focus();
};

/** @param {boolean} register */
const signIn = async (register) => {
  const data = new FormData(form);
  const text = (/** @type {string} */ name) => String(data.get(name) ?? '');
  const input = { email: text('email'), password: text('password') };
  const headers = { 'Content-Type': 'application/json' };
  try {
    if (register) await api('/register', { method: 'POST', headers, body: JSON.stringify(input) });
    const mode = data.has('cookie') ? 'cookie' : 'storage';
    await auth.login({ ...input, mode, deviceName: text('deviceName') });
    form.reset();
    markFields(null);
    say('');
  } catch (error) {
    markFields(error);
    throw error;
  }
};

/**
 * Does one thing at a time for a button, which keeps the focus meanwhile.
 *
 * @param {HTMLElement} button
 * @param {() => Promise<void>} work
 */
const once = async (button, work) => {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  await attempt(work);
  button.removeAttribute('aria-disabled');
};
/** @param {string} id @param {() => Promise<void>} work */
const onClick = (id, work) => element(id).addEventListener('click', () => void once(element(id), work));

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const button = event.submitter instanceof HTMLButtonElement ? event.submitter : one(form, 'button', HTMLButtonElement);
  void once(button, () => signIn(button.value === 'register'));
});
onClick('reload', showDevices);
onClick('sign-out', async () => {
  const told = await auth.logout();
  say(told ? 'You are signed out.' : 'You are signed out here; the server could not be told yet.');
});
onClick('sign-out-others', async () => {
  await auth.logoutAll({ keepCurrent: true });
  say('All other devices were signed out.');
  await showDevices();
  if (document.activeElement === element('sign-out-others')) element('devices-title').focus();
});
onClick('sign-out-everywhere', async () => {
  await auth.logoutAll();
  say('You are signed out everywhere.');
});

auth.onAuthChange((session, reason) => {
  if (reason === 'ended') say('Your session has ended: it was signed out elsewhere, or not used for long.', true);
  // A refresh moves the generation and the end of this device.
  if (reason === 'refresh') void attempt(showDevices);
  else render(session !== null);
});
setInterval(() => {
  if (tick()) showIfStale();
}, TICK_MS);
for (const event of ['visibilitychange', 'online', 'pageshow']) addEventListener(event, showIfStale);
render(auth.getSession() !== null);
