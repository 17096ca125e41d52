// @ts-check
import { AuthError, createAuth } from './auth.js';
import { deviceCard, tick } from './device-card.js';
import { wordsOf } from './words.js';

const API = '/api/v1/auth';
const TICK_MS = 1_000;

const auth = createAuth();

/** @param {string} id @returns {HTMLElement} */
const element = (id) => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no #${id}`);
  return found;
};
const form = /** @type {HTMLFormElement} */ (element('sign-in'));
const template = /** @type {HTMLTemplateElement} */ (element('device-template'));
const list = element('devices');

/** @param {string} text @param {boolean} [bad] */
const say = (text, bad = false) => {
  element('message').textContent = text;
  element('message').classList.toggle('bad', bad);
};

/** Does something that may fail, and says so in words. @param {() => Promise<void>} work */
const attempt = async (work) => {
  try {
    await work();
  } catch (error) {
    say(wordsOf(error), true);
  }
};

/** What the API answers; rejects with AuthError for what is no success. @param {string} path @param {RequestInit} [init] */
const api = async (path, init) => {
  const answer = await auth.apiRequest(API + path, init);
  const body = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new AuthError(body?.code ?? 'unavailable', answer.status, body);
  return body;
};

const showDevices = async () => {
  const [{ devices }, me] = await Promise.all([api('/devices'), api('/me')]);
  element('who').textContent = `Signed in as ${me.email}`;
  element('who').hidden = false;
  list.replaceChildren(
    ...devices.map((/** @type {import('./device-card.js').Device} */ device) =>
      deviceCard(template, device, {
        history: (before) => history(device.session_id, before),
        remove: () => attempt(() => remove(device)),
      }),
    ),
  );
  tick(list);
};

/** @param {string} sid @param {number | null} before */
const history = async (sid, before) => {
  try {
    return await api(`/devices/${sid}/events${before === null ? '' : `?before=${before}`}`);
  } catch (error) {
    say(wordsOf(error), true);
    return { events: [], next: null };
  }
};

/** @param {import('./device-card.js').Device} device */
const remove = async (device) => {
  await api(`/devices/${device.session_id}`, { method: 'DELETE' });
  say(`${device.device_name ?? 'The device'} was signed out.`);
  await showDevices();
};

/** Shows what fits whether somebody is signed in. @param {boolean} signedIn */
const render = (signedIn) => {
  element('signed-out').hidden = signedIn;
  element('signed-in').hidden = !signedIn;
  if (signedIn) void attempt(showDevices);
  else {
    list.replaceChildren();
    element('who').hidden = true;
  }
};

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const data = new FormData(form);
  const text = (/** @type {string} */ name) => String(data.get(name) ?? '');
  const input = { email: text('email'), password: text('password') };
  const buttons = form.querySelectorAll('button');
  void attempt(async () => {
    for (const button of buttons) button.disabled = true;
    try {
      if (event.submitter instanceof HTMLButtonElement && event.submitter.value === 'register') {
        await api('/register', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(input),
        });
      }
      const deviceName = text('deviceName');
      await auth.login({
        ...input,
        ...(deviceName && { deviceName }),
        ...(data.has('cookie') && { mode: /** @type {const} */ ('cookie') }),
      });
      form.reset();
      say('');
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  });
});

element('reload').addEventListener('click', () => void attempt(showDevices));
element('sign-out').addEventListener(
  'click',
  () =>
    void attempt(async () => {
      const told = await auth.logout();
      say(told ? 'You are signed out.' : 'You are signed out here; the server could not be told yet.');
    }),
);
element('sign-out-others').addEventListener(
  'click',
  () =>
    void attempt(async () => {
      await auth.logoutAll({ keepCurrent: true });
      say('All other devices were signed out.');
      await showDevices();
    }),
);
element('sign-out-everywhere').addEventListener(
  'click',
  () =>
    void attempt(async () => {
      await auth.logoutAll();
      say('You are signed out everywhere.');
    }),
);

auth.onAuthChange((session, reason) => {
  // A refresh changes tokens, not what is shown.
  if (reason === 'refresh') return;
  if (reason === 'ended') say('Your session has ended: it was signed out elsewhere, or not used for long.', true);
  render(session !== null);
});
setInterval(() => tick(list), TICK_MS);
render(auth.getSession() !== null);
