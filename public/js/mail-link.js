// @ts-check
/** What the pages behind the links in mails have in common. Opening one changes nothing: programs open links too. */
import { brings, inTime, isDone, problemOf } from './answers.js';
import { createAuth } from './auth.js';
import { one } from './elements.js';
import { ROOT, STORAGE_KEY } from './root.js';

const API = `${ROOT}api/v1/auth`;

/** @typedef {{ path: string, message: string }} FieldError */

/** The server's refusal, by the code of its problem details; `unavailable` for an answer that is none of its own. */
export class RefusedError extends Error {
  /** @param {string} code @param {readonly FieldError[]} errors @param {number} waitSeconds */
  constructor(code, errors, waitSeconds) {
    super(code);
    this.code = code;
    this.errors = errors;
    this.waitSeconds = waitSeconds;
  }
}

/** @param {string} id */
export const byId = (id) => one(document, `#${id}`, HTMLElement);

/** The code in the link's fragment, which no server is sent by opening it; null if there is none. */
export const codeInLink = () => new URLSearchParams(location.hash.slice(1)).get('code') || null;

/** Sends a code; rejects with `RefusedError`, or as fetch does if nobody answers. @param {string} path @param {object} body */
export const post = async (path, body) => {
  const answer = await fetch(API + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    // The code alone decides: the session in this browser has no part in it.
    credentials: 'omit',
    signal: inTime(),
  });
  if (await isDone(answer)) return;
  const problem = await problemOf(answer);
  throw new RefusedError(
    problem?.code ?? 'unavailable',
    Array.isArray(problem?.errors) ? problem.errors : [],
    Number(answer.headers.get('Retry-After')) || 0,
  );
};

/** Codes after which the link is of no use any more. */
const LINK_IS_DEAD = new Map([
  ['code_invalid', 'It was used already, or a newer mail has taken its place. Look for the newest mail of this kind.'],
  ['code_expired', 'It has expired.'],
]);

/** @typedef {'ask' | 'failed' | 'done' | 'stranger'} Section */

/** @param {Section} shown */
const reveal = (shown) => {
  for (const section of document.querySelectorAll('main section')) {
    if (section instanceof HTMLElement) section.hidden = section.id !== shown;
  }
};

/** Shows one section in the place of another, and takes the focus to its heading. @param {Section} shown */
export const show = (shown) => {
  reveal(shown);
  byId(`${shown}-title`).focus();
};

/** @param {string} text */
export const say = (text) => {
  byId('message').textContent = text;
};

/** What went wrong, where no field is wrong. @param {unknown} error */
export const showFailure = (error) => {
  const code = error instanceof RefusedError ? error.code : '';
  const dead = LINK_IS_DEAD.get(code);
  if (dead !== undefined) {
    show('failed');
    byId('way-on').hidden = false;
    say(dead);
  } else if (error instanceof RefusedError && code === 'too_many_requests') {
    const minutes = Math.ceil(error.waitSeconds / 60);
    say(`Too many attempts. Please try again ${minutes > 1 ? `in ${minutes} minutes` : 'in a minute'}.`);
  } else if (error instanceof RefusedError) say('The server cannot do this at the moment. Please try again shortly.');
  else say('The server cannot be reached. Are you online?');
};

/** The link has done its work: a reload, or who looks into the history, does not find the code. */
export const forgetCode = () => history.replaceState(null, '', location.pathname);

/**
 * Does one thing at a time for a button, which keeps the focus meanwhile.
 *
 * @param {HTMLElement} button
 * @param {() => Promise<void>} work
 */
export const once = async (button, work) => {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  say('');
  try {
    await work();
  } finally {
    button.removeAttribute('aria-disabled');
  }
};

/** Whose link it is, as far as this browser knows: the address of who is signed in here. @param {string} code */
const whoseLink = async (code) => {
  const auth = createAuth({ basePath: API, storageKey: STORAGE_KEY });
  if (auth.getSession() === null) return null;
  const answer = await auth.apiRequest(`${API}/me`, { signal: inTime() });
  if (!brings(answer, 'application/json')) return null;
  /** @type {{ user_id: string, email: string | null }} */
  const me = await answer.json();
  if (!me.email) return null;
  return { email: me.email, isSame: code.startsWith(`${me.user_id}.`) };
};

/** Says whose link it is, if this browser knows. @param {string} code @param {(email: string) => void} [known] */
const showWhose = async (code, known) => {
  const whose = await whoseLink(code).catch(() => null);
  if (whose === null) return;
  const email = document.createElement('bdi');
  email.textContent = whose.email;
  const [before, after] = whose.isSame
    ? ['This link is for ', ', the account that you are signed in to here.']
    : ['This link is not for ', ', the account that you are signed in to here.'];
  byId('whose').replaceChildren(before, email, after);
  byId('whose').hidden = false;
  if (whose.isSame) known?.(whose.email);
};

/**
 * Begins a page: shows its form, or that the link is not whole. A link that is opened in the same tab begins again.
 *
 * @param {(code: string) => void} ready
 * @param {(email: string) => void} [known] called if this browser knows the address
 */
export const begin = (ready, known) => {
  addEventListener('hashchange', () => location.reload());
  byId('host').textContent = location.host;
  const code = codeInLink();
  if (code === null) {
    reveal('failed');
    say('A part of it is missing. Open it from the mail once more, or copy the whole of it.');
    return;
  }
  reveal('ask');
  ready(code);
  void showWhose(code, known);
};
