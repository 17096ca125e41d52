import type { MailData } from '../../../src/processors/mail/templates/mail-content.js';

/** When what the mails are about happened. */
export const MAIL_TIME = Date.parse('2026-01-31T12:00:00.000Z');
const CODE = `0b5c6a52-6f0e-4f5e-9d8c-0f5e7a3b9c11.${'c0de'.repeat(10)}abc`;

/** What a mail says, of everything something. */
export function mailData(of: Partial<MailData> = {}): MailData {
  return {
    ...{ service: 'auth.example.com', email: 'ada@example.com', happenedAt: MAIL_TIME, now: MAIL_TIME + 90_000 },
    ...{ url: `https://auth.example.com/verify#code=${CODE}`, codeLifetimeMs: 86_400_000 },
    ...{ program: 'Chrome on Linux', network: '192.0.2.0/24', deviceName: 'Ada’s laptop', sessionEnded: true },
    ...of,
  };
}
