import { durationWords, utcWords, whenWords } from '../time-words.js';
import type { MailContent, MailData } from './mail-content.js';

/** Asks the owner of a mailbox to confirm it. */
export function verifyMail({ service, email, happenedAt, now, url, codeLifetimeMs }: MailData): MailContent {
  return {
    subject: `Confirm your e-mail address for ${service}`,
    paragraphs: [
      `There is an account with the address ${email} at ${service}. Please confirm that it is yours and that mail reaches you.`,
    ],
    details: [
      ['Requested', whenWords(happenedAt, now)],
      ['The link works', `until ${utcWords(happenedAt + codeLifetimeMs)} (${durationWords(codeLifetimeMs)} in all)`],
    ],
    action: { label: 'Confirm this address', url },
    advice: [
      'A newer mail of this kind makes this one invalid.',
      `If you have no account at ${service}, do not confirm: somebody typed your address, and it stays unconfirmed.`,
    ],
  };
}
