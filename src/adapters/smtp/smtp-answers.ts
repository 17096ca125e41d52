/** What nodemailer says of a mail that was not taken. */
export interface SmtpFailure {
  readonly code?: string;
  /** The server's answer, first its three digits. May quote the email. */
  readonly response?: string;
  readonly responseCode?: number;
  /** The command that was answered so. */
  readonly command?: string;
}

// "Authentication required", "… too weak", "… failed", "encryption required" (RFC 4954 §6): about us, whatever the command was.
const OF_OUR_LOGIN = [530, 534, 535, 538];
const ENHANCED = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/;
/** Found by nodemailer before the server was asked: no server takes that recipient. */
const NO_RECIPIENT = /^(?:Invalid recipient|No recipients defined)/;

/**
 * Whether the mail is refused for good: a 5xx for its recipient or its content (RFC 5321 §4.2.1). All else may be tried again: a 4xx,
 * the network, and what an operator must put right (login, sender).
 */
export function isRefusedForGood(failure: SmtpFailure & { readonly message?: string }): boolean {
  const { command, responseCode, code, message = '' } = failure;
  if (code === 'EENVELOPE' && command === 'API') return NO_RECIPIENT.test(message);
  if (command !== 'RCPT TO' && command !== 'DATA') return false;
  return responseCode !== undefined && responseCode >= 500 && responseCode < 600 && !OF_OUR_LOGIN.includes(responseCode);
}

/** What went wrong, in codes alone: `ECONNECTION at CONN`, `450 4.2.0 at RCPT TO`. What the server wrote may quote the email. */
export function reasonOf({ code, response = '', responseCode, command }: SmtpFailure): string {
  const enhanced = ENHANCED.exec(response)?.[1];
  const what = responseCode === undefined ? (code ?? 'failed') : [responseCode, enhanced].filter(Boolean).join(' ');
  return command === undefined ? `SMTP: ${what}` : `SMTP: ${what} at ${command}`;
}
