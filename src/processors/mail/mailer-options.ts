import type { Checkpoints } from '../ports.js';
import type { MailKind } from './mail-request.js';
import type { SettleMailContext } from './settle-mail.js';

/** A mail that must be tried again, for the process's log. Holds nothing personal and no secret. */
export interface MailDelay {
  readonly kind: MailKind;
  readonly eventId: string;
  readonly failures: number;
  readonly retryInMs: number;
  readonly reason: string;
}

export interface MailerOptions extends SettleMailContext {
  readonly checkpoints: Checkpoints;
  /** A new UUID. */
  readonly newId: () => string;
  readonly onDelayed?: (delay: MailDelay) => void;
  /** See `pauseBeforeRetry`, which is the default. */
  readonly pauseMs?: (failures: number, tryingForMs: number) => number;
  /** How many mails are under way at once. Default 8. */
  readonly maxAtOnce?: number;
  /** How long a stop waits for mails under way, in milliseconds. Default 10,000. */
  readonly stopGraceMs?: number;
}
