// @ts-check
/** Forms: one submission at a time, and what is wrong stands at the field it is about. */
import { make, one } from './elements.js';
import { codeOf, wordsOf } from './error-words.js';

/**
 * Does one thing at a time for a button, which shows that and keeps the focus meanwhile.
 *
 * @param {HTMLElement} button
 * @param {() => Promise<unknown>} work
 */
export const pending = async (button, work) => {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  try {
    await work();
  } finally {
    button.removeAttribute('aria-disabled');
  }
};

/** @param {HTMLFormElement} form */
const inputsOf = (form) =>
  [...form.querySelectorAll('input')].filter((input) => input.name !== '' && !input.closest('[hidden]'));

/**
 * Shows what is wrong at the fields, and goes to the first of them.
 *
 * @param {HTMLFormElement} form
 * @param {ReadonlyMap<string, string>} errors by the name of the field; none: all are right
 */
export const markFields = (form, errors) => {
  for (const input of form.querySelectorAll('input')) {
    const id = `${input.id}-error`;
    const field = input.closest('.field');
    field?.querySelector('.field-error')?.remove();
    const others = (input.getAttribute('aria-describedby') ?? '').split(' ').filter((it) => it !== '' && it !== id);
    const text = errors.get(input.name);
    if (text && field) {
      const error = make('p', [text], 'field-error');
      error.id = id;
      field.append(error);
      others.push(id);
    }
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    if (others.length > 0) input.setAttribute('aria-describedby', others.join(' '));
    else input.removeAttribute('aria-describedby');
  }
  inputsOf(form)
    .find((input) => errors.has(input.name))
    ?.focus();
};

/** What can be seen to be wrong without asking the server. @param {HTMLFormElement} form */
const missing = (form) => {
  /** @type {Map<string, string>} */
  const errors = new Map();
  for (const input of inputsOf(form)) {
    const length = [...input.value].length;
    if (input.required && input.value === '') errors.set(input.name, 'Please fill this in.');
    else if (input.validity.typeMismatch) errors.set(input.name, 'Please enter an address such as ada@example.com.');
    else if (length > 0 && length < input.minLength)
      errors.set(input.name, `Please take at least ${input.minLength} characters; these are ${length}.`);
  }
  return errors;
};

/** The server's sentences begin small and without a stop. @param {string} text */
const asSentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

/**
 * What the server says is wrong, by field; only of fields that this form has.
 *
 * @param {HTMLFormElement} form
 * @param {unknown} error
 * @param {Readonly<Record<string, readonly [field: string, text: string]>>} byCode
 */
const refused = (form, error, byCode) => {
  const names = inputsOf(form).map(({ name }) => name);
  /** @type {readonly { path: string, message: string }[]} */
  const listed = error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  const known = byCode[codeOf(error)];
  const errors = [
    ...listed.map(({ path, message }) => /** @type {const} */ ([path, asSentence(String(message))])),
    ...(known ? [known] : []),
  ];
  return new Map(errors.filter(([name]) => names.includes(name)));
};

/**
 * @typedef {object} Submission
 * @property {(input: Readonly<Record<string, string>>) => Promise<unknown>} work
 * @property {(text: string) => void} fail Says what is wrong with no field in particular; nothing takes it down.
 * @property {Readonly<Record<string, readonly [field: string, text: string]>>} [byCode] Codes that are about one field.
 */

/** Does the work when the form is submitted. @param {HTMLFormElement} form @param {Submission} submission */
export const onSubmit = (form, { work, fail, byCode = {} }) => {
  const submit = async () => {
    const errors = missing(form);
    markFields(form, errors);
    fail('');
    if (errors.size > 0) return;
    const input = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    try {
      await work(input);
    } catch (error) {
      const wrong = refused(form, error, byCode);
      markFields(form, wrong);
      if (wrong.size === 0) fail(wordsOf(error));
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void pending(one(form, '[type=submit]', HTMLButtonElement), submit);
  });
};

/** Empties it, and takes down what was wrong. @param {HTMLFormElement} form */
export const clearForm = (form) => {
  form.reset();
  markFields(form, new Map());
};
