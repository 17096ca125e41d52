import type { LastEvent, Position } from '../event-store/position.js';

/**
 * Leader leases: who runs a processor now. The lease is no fence: a paused process may go on after losing it, so concurrent runs
 * must be harmless. Embedded, one process has the files, so its leases need no writes.
 */
export interface Leases {
  /**
   * Takes or renews the lease `name` for `holder` until `ttlMs` from now: true if it is the holder's now, false if another
   * holds it. Of any number of contenders for a free lease exactly one gets true.
   */
  acquire(name: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives the lease up, if it is the holder's. */
  release(name: string, holder: string): Promise<void>;
  /** Who holds the lease now; null if nobody does, or it has run out. */
  holderOf(name: string): Promise<string | null>;
}

/** How far a processor other than the projector has come. (The projector's checkpoint is stored with its documents.) */
export interface StoredCheckpoint {
  readonly position: Position;
  readonly lastEvent: LastEvent | null;
  /** Whatever small state the processor keeps with it, as JSON text; null if none. */
  readonly state: string | null;
}

export interface Checkpoints {
  /** Null if the processor never stored one. */
  load(processor: string): Promise<StoredCheckpoint | null>;
  /** Stores it; false, changing nothing, if the stored one is not at `previous` (its position; null: there is none). */
  store(processor: string, next: StoredCheckpoint, previous: Position | null): Promise<boolean>;
}

/** A mail as it is handed to a mail server. */
export interface Mail {
  /** Whose mail it is; never sent along. */
  readonly userId?: string;
  /** With its angle brackets: the same for every try of one mail. */
  readonly messageId: string;
  /** A mailbox as RFC 5322 §3.4 writes it: an email, with or without a name. */
  readonly from: string;
  /** One email, without a name. */
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
