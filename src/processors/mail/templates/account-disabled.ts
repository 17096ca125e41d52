import { whenWords } from '../time-words.js';
import type { MailContent, MailData } from './mail-content.js';

/** Says that the account cannot be used any more. Why is between its owner and the operator. */
export function accountDisabledMail({ service, email, happenedAt, now }: MailData): MailContent {
  return {
    subject: `Your account at ${service} was disabled`,
    paragraphs: [
      `The operator of ${service} disabled the account with the address ${email}. Every device is signed out, and nobody can sign in.`,
    ],
    details: [['Disabled', whenWords(happenedAt, now)]],
    action: null,
    advice: [
      `Nothing is deleted. If you think that this is a mistake, write to the operator of ${service}; an answer to this mail may not be read.`,
    ],
  };
}
