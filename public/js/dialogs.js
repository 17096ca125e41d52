// @ts-check
/** The two dialogs: a confirmation, with the password where the server asks for it, and the change of the password. */
import { byId, one } from './elements.js';
import { codeOf } from './error-words.js';
import { clearForm, onSubmit } from './forms.js';

/** @param {string} id */
const dialogOf = (id) => {
  const dialog = one(document, `#${id}`, HTMLDialogElement);
  const form = one(dialog, 'form', HTMLFormElement);
  const failure = one(dialog, '.failure', HTMLElement);
  one(dialog, '.cancel', HTMLButtonElement).addEventListener('click', () => dialog.close());
  // No password stays in the page.
  dialog.addEventListener('close', () => clearForm(form));
  return {
    dialog,
    form,
    /** @param {string} text */
    fail: (text) => {
      failure.textContent = text;
    },
    /** Shows it, empty. @param {string | null} email whose password it is, for password managers */
    open: (email) => {
      clearForm(form);
      failure.textContent = '';
      one(form, '[name=username]', HTMLInputElement).value = email ?? '';
      dialog.showModal();
    },
  };
};

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string | readonly (string | Node)[]} text
 * @property {string} action What the button says.
 * @property {string | null} email
 * @property {boolean} [withPassword] Whether it is known already that the server asks for the password.
 * @property {(password: string | undefined) => Promise<unknown>} work
 */

/** Makes the confirmation; what it returns asks, and resolves to whether the work was done. */
export const confirmation = () => {
  const { dialog, form, fail, open } = dialogOf('confirm');
  const field = byId('confirm-field');
  const password = one(field, 'input', HTMLInputElement);
  /** @type {Question['work']} */
  let work = () => Promise.resolve();
  let done = false;

  const askPassword = () => {
    field.hidden = false;
    password.focus();
  };
  onSubmit(form, {
    byCode: { invalid_credentials: ['password', 'That is not your password.'] },
    fail,
    work: async ({ password: text }) => {
      try {
        await work(field.hidden ? undefined : text);
      } catch (error) {
        if (codeOf(error) !== 'reauthentication_required' || !field.hidden) throw error;
        askPassword();
        return;
      }
      done = true;
      dialog.close();
    },
  });

  /** @param {Question} question @returns {Promise<boolean>} */
  return (question) =>
    new Promise((resolve) => {
      ({ work } = question);
      done = false;
      byId('confirm-title').textContent = question.title;
      byId('confirm-text').replaceChildren(...question.text);
      byId('confirm-go').textContent = question.action;
      field.hidden = true;
      open(question.email);
      if (question.withPassword) askPassword();
      dialog.addEventListener('close', () => resolve(done), { once: true });
    });
};

/**
 * Makes the dialog that changes the password; what it returns shows it.
 *
 * @param {(change: { currentPassword: string, newPassword: string }) => Promise<unknown>} change
 */
export const passwordDialog = (change) => {
  const { dialog, form, fail, open } = dialogOf('password-dialog');
  onSubmit(form, {
    byCode: {
      invalid_credentials: ['current_password', 'That is not your password.'],
      password_too_common: ['new_password', 'This password is known to many. Please take another one.'],
    },
    fail,
    work: async ({ current_password: currentPassword = '', new_password: newPassword = '' }) => {
      await change({ currentPassword, newPassword });
      dialog.close();
    },
  });
  /** @param {string | null} email */
  return (email) => {
    open(email);
    byId('current-password').focus();
  };
};

/** Closes whatever is open: it belongs to a session that is over. */
export const closeDialogs = () => {
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
};
