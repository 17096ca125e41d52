// @ts-check
/** The user's own account: who is signed in, whether the address is confirmed, and deleting it. */
import { api, auth } from './api.js';
import { confirmation } from './dialogs.js';
import { bdi, byId } from './elements.js';
import { wordsOf } from './error-words.js';
import { pending } from './forms.js';
import { showGoodbye } from './signed-out.js';

/** @typedef {{ email: string | null, email_verified: boolean, roles: readonly string[] }} Me */

export const setUpAccount = () => {
  const askDelete = confirmation('delete');
  /** @type {string | null} */
  let email = null;

  /** @param {string} text @param {boolean} [bad] */
  const sayOfMail = (text, bad = false) => {
    byId('verify-state').textContent = text;
    byId('verify-state').classList.toggle('bad', bad);
  };
  const sendAgain = async () => {
    sayOfMail('');
    try {
      await api('/email/verify/request', {});
    } catch (error) {
      sayOfMail(wordsOf(error, 'Too many mails were asked for'), true);
      return;
    }
    sayOfMail('A new link is on its way; older ones do not work any more. Look among unwanted mail too.');
  };
  byId('verify-again').addEventListener('click', () => void pending(byId('verify-again'), sendAgain));

  byId('delete-account').addEventListener('click', async () => {
    const done = await askDelete({
      email,
      work: (_, { password = '' }) => auth.deleteAccount({ password }),
    });
    if (done) showGoodbye();
  });

  return {
    get email() {
      return email;
    },
    /** @param {Me} me */
    show: (me) => {
      email = me.email;
      byId('who').replaceChildren(...(email === null ? ['Signed in'] : ['Signed in as ', bdi(email)]));
      byId('administration').hidden = !me.roles.includes('admin');
      byId('auditing').hidden = !me.roles.includes('auditor');
      byId('unverified-email').textContent = email;
      const isConfirmed = email === null || me.email_verified;
      const loses = isConfirmed && byId('unverified').contains(document.activeElement);
      byId('unverified').hidden = isConfirmed;
      if (loses) byId('devices-title').focus({ preventScroll: true });
    },
    clear: () => {
      email = null;
      sayOfMail('');
      for (const id of ['who', 'unverified-email']) byId(id).replaceChildren();
      for (const id of ['administration', 'auditing', 'unverified']) byId(id).hidden = true;
    },
  };
};
