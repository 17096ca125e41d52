import { whenWords } from '../time-words.js';
import type { MailContent, MailData } from './mail-content.js';

/** Says that one session was used in two places. It may be theft or a restored browser profile, so it accuses nobody. */
export function twoPlacesMail(data: MailData): MailContent {
  const { service, email, happenedAt, now, url, program, network, sessionEnded } = data;
  return {
    subject: `Your session at ${service} was used in two places`,
    paragraphs: [
      `One session of the account with the address ${email} at ${service} was used in two places.`,
      'That happens when a browser’s data is copied or restored from a backup, and it happens when somebody has stolen them.',
      sessionEnded
        ? 'We ended this session for both, to protect you: on that device you have to sign in again.'
        : 'The session goes on. If it is used in two places again, we end it for both.',
    ],
    details: [
      ['Noticed', whenWords(happenedAt, now)],
      ['Program then', program],
      ['Network then', network],
    ],
    action: { label: 'See your devices', url },
    advice: [
      'If you know why, there is nothing to do.',
      'If you do not, sign out everywhere and change your password. Then look for programs on your devices that do not belong there.',
    ],
  };
}
