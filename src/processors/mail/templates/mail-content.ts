import type { Instant } from '../../../domain/instant.js';

/** All that the mails say of what happened. Text of strangers is in none of it but `deviceName`, which see. */
export interface MailData {
  /** The host at which clients reach it: what people know the service by. */
  readonly service: string;
  /** The email of the account, which is the mail's as well. */
  readonly email: string;
  readonly happenedAt: Instant;
  /** When the mail is written. */
  readonly now: Instant;
  /** What the button opens, below PUBLIC_URL. */
  readonly url: string;
  /** How long the code is valid from `happenedAt`, in milliseconds; in a notice without meaning. */
  readonly codeLifetimeMs: number;
  readonly program: string;
  readonly network: string;
  /** Only of an account whose mailbox is proved: otherwise a stranger could write into a mail to somebody else. */
  readonly deviceName: string | null;
  readonly sessionEnded: boolean;
}

/** What one mail says, before it is laid out as text and as HTML. */
export interface MailContent {
  readonly subject: string;
  /** What happened. */
  readonly paragraphs: readonly string[];
  /** When and from where, as label and value. */
  readonly details: readonly (readonly [label: string, value: string])[];
  /** Null: there is nothing to open. */
  readonly action: { readonly label: string; readonly url: string } | null;
  /** What to do. */
  readonly advice: readonly string[];
}
