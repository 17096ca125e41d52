/** A mail as it is handed to a mail server. */
export interface Mail {
  /** With its angle brackets: the same for every try of one mail. */
  readonly messageId: string;
  /** A mailbox as RFC 5322 §3.4 writes it: an address, with or without a name. */
  readonly from: string;
  /** One address, without a name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Where mails go. */
export interface MailTransport {
  /**
   * Hands a mail over. `refused`: for good, trying again changes nothing. Rejects when it may be tried again, with
   * `MailDelayedError`; the mail may have been taken all the same (RFC 5321 §6.1).
   */
  send(mail: Mail): Promise<'sent' | 'refused'>;
}

/** The mail could not be handed over now. The message names codes alone: nothing personal, no secret, nothing that a server wrote. */
export class MailDelayedError extends Error {
  override readonly name = 'MailDelayedError';
}
