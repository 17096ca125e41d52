import type { Happening } from '../event.js';

/** The first event of an installation. */
export type LogOpened = Happening<'LogOpened', { readonly historyId: string; readonly issuer: string }>;
/** The log goes on from an earlier moment, after a restore or an import. */
export type LogRestored = Happening<
  'LogRestored',
  {
    readonly historyId: string;
    /** A family whose newest event is of another history has ended. */
    readonly refuseOlder: boolean;
  }
>;
/** From here on events are MACed by this integrity key; the ones before it are valid only before this event. */
export type IntegrityKeyChanged = Happening<'IntegrityKeyChanged', { readonly kid: string }>;
/** Events that were moved to an archive: of each stream those before a revision. */
export type EventsArchived = Happening<
  'EventsArchived',
  {
    readonly streams: readonly { readonly stream: string; readonly before: number }[];
    readonly digest: string;
    readonly archive: string;
    /** The position of the newest event in it; null in a log that does not say it. */
    readonly lastPosition: string | null;
  }
>;
/** An event of somebody else in a stream of ours: readers skip exactly that one, and only without a valid MAC. */
export type EventDisowned = Happening<
  'EventDisowned',
  { readonly stream: string; readonly revision: number; readonly eventId: string; readonly digest: string }
>;

/** What stands in the stream `…log`. */
export type LogHistoryEvent = LogOpened | LogRestored | IntegrityKeyChanged | EventsArchived | EventDisowned;

/** A signed Merkle root over the log (C2SP tlog-checkpoint). */
export type CheckpointSigned = Happening<
  'CheckpointSigned',
  {
    readonly note: string;
    readonly size: number;
    readonly position: string;
    readonly keyId: string;
    readonly origin: string;
  }
>;
export type SealEvent = CheckpointSigned;
