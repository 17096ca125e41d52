// @ts-check
/** The one place where the page says what has happened. It is a live region, so it is read out as well. */
import { byId } from './elements.js';
import { codeOf, wordsOf } from './error-words.js';

const READING_MS = 10_000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let about = '';

/**
 * @param {string | readonly (string | Node)[]} content nothing: takes the message down
 * @param {{ bad?: boolean, about?: string }} [options] `about` names what a later success makes untrue, see `settle`
 */
export const say = (content, { bad = false, about: subject = '' } = {}) => {
  clearTimeout(timer);
  about = subject;
  byId('message').replaceChildren(...content);
  byId('message').classList.toggle('bad', bad);
  byId('dismiss').hidden = content.length === 0;
  // Good news is no longer news after a while, and it must not cover the list for ever. Bad news stays.
  if (content.length > 0 && !bad && !byId('signed-in').hidden) timer = setTimeout(() => say(''), READING_MS);
};

/** Takes down what was said about something that has gone well meanwhile, or says that. @param {string} subject @param {string} [content] */
export const settle = (subject, content = '') => {
  if (about === subject) say(content);
};

/**
 * Does something that may fail, and says so in words.
 *
 * @param {() => Promise<unknown>} work
 * @param {string} [subject] what a later success makes the failure untrue for
 */
export const attempt = async (work, subject = '') => {
  try {
    await work();
  } catch (error) {
    // Why the session ended has been said; that requests came too late then adds nothing.
    const late = codeOf(error) === 'signed_out' && byId('message').classList.contains('bad');
    if (!late) say(wordsOf(error), { bad: true, about: subject });
  }
};

byId('dismiss').addEventListener('click', () => {
  say('');
  // The button is gone, and the focus must not be lost with it.
  const title = [...document.querySelectorAll('main h2')].find((heading) => heading.checkVisibility());
  if (title instanceof HTMLElement) title.focus({ preventScroll: true });
});
