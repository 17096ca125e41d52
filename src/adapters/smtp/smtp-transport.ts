import { createTransport } from 'nodemailer';
import { MailDelayedError, type MailTransport } from '../../processors/ports.js';
import { messageOptions } from './message-options.js';
import { isRefusedForGood, reasonOf, type SmtpFailure } from './smtp-answers.js';
import { smtpUrl } from './smtp-url.js';

export interface SmtpOptions {
  /** See `smtpUrl`. */
  readonly url: string;
  /** Called when a mail is refused for good, for the process's log. The reason holds codes alone. */
  readonly onRefused?: (refused: { readonly messageId: string; readonly reason: string }) => void;
  /** How long the server may be silent, in milliseconds. Default: 10,000 until it is connected, 30,000 to greet, 120,000 then. */
  readonly timeoutsMs?: { readonly connect: number; readonly greet: number; readonly answer: number };
}

// A server may think long about a whole mail, and one that is given up on then delivers it twice (RFC 5321 §4.5.3.2.6).
const TIMEOUTS_MS = { connect: 10_000, greet: 30_000, answer: 120_000 };

/**
 * Mails by SMTP, each over a connection of its own: one that hangs holds up no other. Throws `SmtpUrlError`; connects when there is
 * a mail.
 */
export function openSmtp({ url, onRefused, timeoutsMs = TIMEOUTS_MS }: SmtpOptions): MailTransport {
  const { connect, greet, answer } = timeoutsMs;
  const server = createTransport({
    ...{ url: smtpUrl(url), connectionTimeout: connect, dnsTimeout: connect },
    ...{ greetingTimeout: greet, socketTimeout: answer },
  });
  return {
    send: async (mail) => {
      try {
        await server.sendMail(messageOptions(mail));
        return 'sent';
      } catch (error) {
        const reason = reasonOf(error as SmtpFailure);
        if (!isRefusedForGood(error as SmtpFailure)) throw new MailDelayedError(reason);
        onRefused?.({ messageId: mail.messageId, reason });
        return 'refused';
      }
    },
  };
}
