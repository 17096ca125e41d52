import { whenWords } from '../time-words.js';
import type { MailContent, MailData } from './mail-content.js';

/** Says that the password is another one. */
export function passwordChangedMail({ service, email, happenedAt, now, url }: MailData): MailContent {
  return {
    subject: `Your password for ${service} was changed`,
    paragraphs: [
      `The password of the account with the address ${email} at ${service} was changed.`,
      'The sessions of before have ended: every other device has to sign in again, with the new password.',
    ],
    details: [['Changed', whenWords(happenedAt, now)]],
    action: { label: `Open ${service}`, url },
    advice: [
      'If that was you, there is nothing to do.',
      'If it was not, choose a new password at once: on the sign-in page, follow “Forgotten your password?”. Then change the password of this mailbox too.',
    ],
  };
}
