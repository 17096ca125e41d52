// @ts-check
/** The form that signs in, of every page that has one. */
import { auth } from './api.js';
import { byId, one } from './elements.js';
import { clearForm, onSubmit } from './forms.js';
import { say } from './message.js';

/** Signs in, and leaves no password in the page. @param {{ email: string, password: string, remember: boolean }} input */
export const enter = async (input) => {
  await auth.login(input);
  for (const form of byId('signed-out').querySelectorAll('form')) clearForm(form);
};

/** @param {() => void} [entered] called once somebody has signed in by the form */
export const setUpSignIn = (entered) => {
  // Without a secure context there is no cookie, hence nothing to choose.
  byId('remember-choice').hidden = !isSecureContext;
  onSubmit(one(document, 'form#sign-in', HTMLFormElement), {
    fail: (text) => say(text, { bad: text !== '' }),
    work: async ({ email = '', password = '', remember }) => {
      await enter({ email, password, remember: remember !== undefined });
      entered?.();
    },
  });
};
