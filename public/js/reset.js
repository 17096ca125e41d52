// @ts-check
import { one } from './elements.js';
import { begin, forgetCode, once, post, RefusedError, show, showFailure } from './mail-link.js';

const form = one(document, '#choose', HTMLFormElement);
const password = one(form, '#new-password', HTMLInputElement);
const repeated = one(form, '#repeated', HTMLInputElement);

/** Says at a field what is wrong with it; empty: nothing. @param {HTMLInputElement} input @param {string} text */
const mark = (input, text) => {
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  const hint = `${input.id}-hint`;
  const described = document.getElementById(hint) === null ? [] : [hint];
  if (text !== '') {
    const error = document.createElement('p');
    error.id = id;
    error.className = 'field-error';
    error.textContent = text;
    input.after(error);
    described.push(id);
  }
  if (text === '') input.removeAttribute('aria-invalid');
  else input.setAttribute('aria-invalid', 'true');
  if (described.length > 0) input.setAttribute('aria-describedby', described.join(' '));
  else input.removeAttribute('aria-describedby');
};

/** Marks both fields; true if one is wrong, which then has the focus. @param {string} first @param {string} second */
const isMarked = (first, second = '') => {
  mark(password, first);
  mark(repeated, second);
  const wrong = first !== '' ? password : second !== '' ? repeated : null;
  wrong?.focus();
  return wrong !== null;
};

/** What can be seen to be wrong without the server. */
const isWrong = () => {
  const length = Array.from(password.value).length;
  if (length === 0) return isMarked('Please choose a password.');
  const { minLength } = password;
  if (length < minLength) return isMarked(`Please take at least ${minLength} characters; these are ${length}.`);
  return isMarked('', repeated.value === password.value ? '' : 'This is not the same password.');
};

/** What the server finds wrong with the password, in words; empty if it is something else. @param {unknown} error */
const passwordWords = (error) => {
  if (!(error instanceof RefusedError)) return '';
  if (error.code === 'password_too_common')
    return 'Many people use this password, or it is made of your name or address. Please take another one.';
  const own = error.errors.find(({ path }) => path === 'new_password');
  if (own === undefined) return '';
  return own.message.startsWith('must')
    ? `The password ${own.message}.`
    : 'This password cannot be used. Please take another one.';
};

begin(
  (code) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (isWrong()) return;
      void once(one(form, 'button', HTMLButtonElement), async () => {
        try {
          await post('/password/reset', { code, new_password: password.value });
        } catch (error) {
          if (!isMarked(passwordWords(error))) showFailure(error);
          return;
        }
        form.reset();
        forgetCode();
        show('done');
      });
    });
  },
  (email) => {
    one(form, '#username', HTMLInputElement).value = email;
  },
);
