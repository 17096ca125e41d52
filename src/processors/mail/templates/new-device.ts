import { whenWords } from '../time-words.js';
import type { MailContent, MailData } from './mail-content.js';

/** Says that a device has signed in that the account did not have. */
export function newDeviceMail(data: MailData): MailContent {
  const { service, email, happenedAt, now, url, program, network, deviceName } = data;
  return {
    subject: `New device signed in to your account at ${service}`,
    paragraphs: [`A device that is new to the account with the address ${email} signed in at ${service}.`],
    details: [
      ['Signed in', whenWords(happenedAt, now)],
      ...(deviceName === null ? [] : [['Device', deviceName] as const]),
      ['Program', program],
      ['Network', network],
    ],
    action: { label: 'See your devices', url },
    advice: [
      'If that was you, there is nothing to do.',
      'If it was not, somebody knows your password: sign that device out in the list, and change your password. That signs out every other device too.',
    ],
  };
}
