// @ts-check
/** Dialogs: confirmations, with the password where the server asks for it, and the change of the password. */
import { byId, one } from './elements.js';
import { codeOf, TOO_COMMON } from './error-words.js';
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
 * @typedef {object} Question What is left out stays as the page has it.
 * @property {string} [title]
 * @property {string | readonly (string | Node)[]} [text]
 * @property {string} [action] What the button says.
 * @property {string | null} email
 * @property {boolean} [withPassword] Whether it is known already that the server asks for the password.
 * @property {string} [typed] What must be typed into the field of that name before the button can be pressed.
 * @property {(password: string | undefined, input: Readonly<Record<string, string>>) => Promise<unknown>} work Gets all fields as well.
 */

/** The field for the password that the server may ask for; a dialog may have none. @param {HTMLElement} dialog */
const reauthenticationOf = (dialog) => {
  const field = dialog.querySelector('.reauthentication');
  if (!(field instanceof HTMLElement)) return { asks: () => false, show: () => false, hide: () => {} };
  return {
    asks: () => !field.hidden,
    /** Returns false if it is there already. */
    show: () => {
      if (!field.hidden) return false;
      field.hidden = false;
      one(field, 'input', HTMLInputElement).focus();
      return true;
    },
    hide: () => {
      field.hidden = true;
    },
  };
};

/**
 * Makes a confirmation; what it returns asks, and resolves to whether the work was done.
 *
 * @param {string} [id] of the dialog, and the beginning of the ids in it
 */
export const confirmation = (id = 'confirm') => {
  const { dialog, form, fail, open } = dialogOf(id);
  const reauthentication = reauthenticationOf(dialog);
  const go = one(document, `#${id}-go`, HTMLButtonElement);
  const typed = form.querySelector('input[name=typed]');
  /** @type {Question['work']} */
  let work = () => Promise.resolve();
  let expected = '';
  let done = false;

  const check = () => {
    go.disabled = typed instanceof HTMLInputElement && typed.value.trim() !== expected;
  };
  typed?.addEventListener('input', check);
  onSubmit(form, {
    byCode: { invalid_credentials: ['password', 'That is not your password.'] },
    fail,
    work: async (input) => {
      try {
        await work(reauthentication.asks() ? input.password : undefined, input);
      } catch (error) {
        if (codeOf(error) !== 'reauthentication_required' || !reauthentication.show()) throw error;
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
      expected = question.typed ?? '';
      done = false;
      if (question.title !== undefined) byId(`${id}-title`).textContent = question.title;
      if (question.text !== undefined) byId(`${id}-text`).replaceChildren(...question.text);
      if (question.action !== undefined) go.textContent = question.action;
      reauthentication.hide();
      open(question.email);
      check();
      if (question.withPassword) reauthentication.show();
      const close = () => {
        // What was asked may name somebody.
        if (question.text !== undefined) byId(`${id}-text`).replaceChildren();
        resolve(done);
      };
      dialog.addEventListener('close', close, { once: true });
    });
};

/**
 * Does the work of a question at once, and asks only where the server wants the password; resolves to whether it was done.
 *
 * @param {(question: Question) => Promise<boolean>} ask
 * @param {Question} question
 */
export const doOrAsk = async (ask, question) => {
  try {
    await question.work(undefined, {});
  } catch (error) {
    if (codeOf(error) !== 'reauthentication_required') throw error;
    return ask({ ...question, withPassword: true });
  }
  return true;
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
      password_too_common: ['new_password', TOO_COMMON],
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
