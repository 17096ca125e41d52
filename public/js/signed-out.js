// @ts-check
/** What somebody sees who is not signed in: signing in, making an account, a forgotten password. Each has an address of its own. */
import { api, auth } from './api.js';
import { byId, one } from './elements.js';
import { codeOf, TOO_COMMON } from './error-words.js';
import { clearForm, onSubmit } from './forms.js';
import { say } from './message.js';
import { enter, setUpSignIn } from './sign-in.js';

/** By the fragment of the page's address. @type {Readonly<Record<string, readonly [view: string, title: string]>>} */
const VIEWS = {
  '#create-account': ['register', 'Create an account'],
  '#forgotten-password': ['forgot', 'Forgotten your password?'],
};
const NAMES = ['sign-in', 'register', 'forgot', 'goodbye'];

/** @param {string} id */
const formOf = (id) => one(document, `form#${id}`, HTMLFormElement);
/** @param {string} text */
const fail = (text) => say(text, { bad: text !== '' });

const viewNow = () => VIEWS[location.hash] ?? /** @type {const} */ (['sign-in', 'Sign in']);

/** @param {string} view @param {string} title */
const reveal = (view, title) => {
  for (const name of NAMES) byId(`${name}-view`).hidden = name !== view;
  document.title = `${title} · tokenledger`;
};
/** Shows the form that the address names. */
export const showView = () => reveal(...viewNow());
/** After the next sign-out, the form for new accounts is not shown. */
const forgetView = () => {
  if (location.hash !== '') history.replaceState(null, '', location.pathname);
};

/** Takes leave of who has deleted their account, until they go on to a form. */
export const showGoodbye = () => {
  forgetView();
  // What was said before is of an account that is no more.
  say('');
  reveal('goodbye', 'Account deleted');
  byId('goodbye-title').focus();
};

export const setUpSignedOut = () => {
  setUpSignIn(forgetView);
  // Its address may have been opened while somebody was signed in. A session that ends by itself leaves it.
  auth.onAuthChange((_, reason) => {
    if (reason === 'logout') forgetView();
  });
  onSubmit(formOf('register'), {
    fail,
    byCode: {
      email_taken: ['email', 'There is an account with this address already. Sign in instead.'],
      password_too_common: ['password', TOO_COMMON],
    },
    work: async ({ email = '', password = '', name = '' }) => {
      await auth.register({ email, password, ...(name.trim() !== '' && { name }) });
      await enter({ email, password, remember: true });
      forgetView();
    },
  });
  onSubmit(formOf('forgot'), {
    fail,
    work: async ({ email = '' }) => {
      try {
        await api('/password/forgot', { email });
      } catch (error) {
        if (!['not_found', 'method_not_allowed'].includes(codeOf(error))) throw error;
        fail('This installation cannot send mail yet; ask its operator.');
        return;
      }
      clearForm(formOf('forgot'));
      say('If there is an account with that address, a link is on its way. It is good for a short time only.');
    },
  });
  addEventListener('hashchange', () => {
    if (byId('signed-out').hidden) return;
    const before = one(document, 'form#sign-in [name=email]', HTMLInputElement).value;
    showView();
    say('');
    const [view] = viewNow();
    const email = one(formOf(view), '[name=email]', HTMLInputElement);
    // The address is known already to who has just tried to sign in with it.
    if (email.value === '') email.value = before;
    byId(`${view}-title`).focus();
  });
};
