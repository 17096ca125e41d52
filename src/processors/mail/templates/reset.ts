import { durationWords, utcWords, whenWords } from '../time-words.js';
import type { MailContent, MailData } from './mail-content.js';

/** Lets somebody who forgot their password choose a new one. */
export function resetMail({ service, email, happenedAt, now, url, codeLifetimeMs }: MailData): MailContent {
  return {
    subject: `Choose a new password for ${service}`,
    paragraphs: [
      `A new password was requested for the account with the address ${email} at ${service}.`,
      'When you choose one, every device is signed out.',
    ],
    details: [
      ['Requested', whenWords(happenedAt, now)],
      ['The link works', `once, until ${utcWords(happenedAt + codeLifetimeMs)} (${durationWords(codeLifetimeMs)} in all)`],
    ],
    action: { label: 'Choose a new password', url },
    advice: [
      'A newer mail of this kind makes this one invalid. Do not pass the link on: it opens the account.',
      'If you did not ask for it, do nothing: the password stays as it is.',
    ],
  };
}
