import type { Actor } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import { LOG_STREAM, streamName } from '../domain/streams.js';
import { DecodedEventLog, type DecodedEventLogOptions } from './decoded-event-log.js';
import { disown } from './disown.js';
import { WrongExpectedRevisionError, type OutdatedInstanceError } from './errors.js';
import { EventDecoder } from './event-decoder.js';
import { storedEvent } from './event-encoder.js';
import type { EventLog, NewEvent, RefusedEventError } from './event-log.js';
import type { EventStore } from './event-store.js';
import type { IntegrityKeys } from './integrity.js';
import { LogHistory, type NamedArchive } from './log-history.js';
import {
  changeIntegrityKey,
  nameArchive,
  newHistoryId,
  restore,
  type ArchivedStreams,
  type Maintenance,
} from './log-maintenance.js';
import type { LastEvent, Position } from './position.js';
import { RecordedDecoding, type SkipReason } from './recorded-decoding.js';
import type { Upcasters } from './upcasters.js';
import { WholeLog, type WholeLogOptions } from './whole-log.js';

export interface OpenEventLogOptions {
  readonly store: EventStore;
  /** What every stream name of this installation begins with. */
  readonly prefix: string;
  readonly keys: IntegrityKeys;
  /** Kept with the log when it is opened for the first time. */
  readonly issuer: string;
  /** Embedded, a part of the run id that is new at each start; null where instances share a log. */
  readonly runSuffix: string | null;
  /** Milliseconds since 1970. */
  readonly now: () => Instant;
  /** A new random UUID (version 4), in lower case. */
  readonly newId: () => string;
  /** Whether an empty log is a new installation; if not, it is refused with `LogNotOpenedError`. */
  readonly mayOpen: boolean;
  /** Whether `…log` may hold events that are refused: for disowning them. */
  readonly mayHoldRefused?: boolean;
  /** Called once for each stream and reason when events are left out. */
  readonly onSkipped?: (stream: string, reason: SkipReason) => void;
  /** Called for each event that is refused, each time it is met. */
  readonly onRefused?: (error: RefusedEventError) => void;
  /** Called with the id of each disowned event, each time it is met. */
  readonly onDisowned?: (eventId: string) => void;
  /** Called with the newest event that was appended or followed, for the high-water mark (G17). */
  readonly onMoved?: (last: LastEvent) => void;
  /** Called with each append as it begins: it is over once `onMoved` was called for it, or it failed. */
  readonly onAppending?: (append: Promise<unknown>) => void;
  /** Called when somebody else has begun another history: what this instance appends would be refused. */
  readonly onOutdated?: (error: OutdatedInstanceError) => void;
  /** Called with the seconds that each append took, for the metrics. */
  readonly onAppend?: (seconds: number) => void;
  readonly upcasters?: Upcasters;
}

/** The log, and what an operator may do to its history. */
export interface OpenedLog extends EventLog {
  /** How many events were left out since the start, by why. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** The archives that the log names, the oldest first. */
  readonly archives: readonly NamedArchive[];
  /** See `nameArchive`. */
  nameArchive(archived: ArchivedStreams): Promise<Position | null>;
  /** Opens a quicker way to read all of it: for a rebuild. */
  openWhole(): WholeLog;
  /** Begins a new history after a restore or an import; resolves to its id. */
  restore(options: { readonly refuseOlder: boolean; readonly actor: Actor }): Promise<string>;
  /** Leaves out an event of somebody else from now on; resolves to its id. Rejects with `NotDisownableError`. */
  disown(options: { readonly stream: string; readonly revision: number; readonly actor: Actor }): Promise<string>;
  /** Reads `…log` to its end; resolves to the key that it says events are MACed by. Rejects with `RefusedEventError`. */
  readKeyInForce(): Promise<string>;
  /** When the newest event occurred that was read here and is MACed by another key than this one; null if none was. */
  lastUseOfOthers(kid: string): Instant | null;
  /** Makes the keys before this one valid only up to here. The instances must sign with it already. Rejects with `WrongIntegrityKeyError`. */
  changeIntegrityKey(kid: string, actor: Actor): Promise<void>;
}

/** The log is empty, and it must not be: nothing is opened by looking. */
export class LogNotOpenedError extends Error {
  override readonly name = 'LogNotOpenedError';
}

/**
 * Reads `…log` to its end, or begins it in a new installation, and gives the log as everybody uses it. Rejects as the store does,
 * with `LogNotOpenedError`, and with `RefusedEventError` if `…log` itself holds an event that is refused and that none behind it disowns.
 */
export async function openEventLog(options: OpenEventLogOptions): Promise<OpenedLog> {
  const { store, prefix, keys, upcasters, mayHoldRefused = false } = options;
  const { onSkipped = ignore, onRefused = ignore, onDisowned = ignore, onMoved = ignore } = options;
  const history = new LogHistory(keys);
  const decoder = new EventDecoder({ prefix, keys, history, ...(upcasters === undefined ? {} : { upcasters }) });
  const decoding = new RecordedDecoding({ store, prefix, decoder, history, onSkipped, onRefused, onDisowned });
  await (mayHoldRefused ? decoding.readOn() : decoding.catchUp());
  if (history.newest === null) {
    await begin(options);
    await decoding.catchUp();
  }
  return new MaintainedLog({ ...options, onMoved, history, decoder, decoding });
}

/** The log with its maintenance. */
class MaintainedLog extends DecodedEventLog implements OpenedLog {
  readonly #to: Maintenance;
  readonly #whole: WholeLogOptions;

  constructor(options: DecodedEventLogOptions & WholeLogOptions & Omit<Maintenance, 'log'>) {
    super(options);
    this.#whole = options;
    this.#to = { ...options, log: this };
  }

  get archives(): readonly NamedArchive[] {
    return this.#to.history.archives;
  }

  nameArchive(archived: ArchivedStreams): Promise<Position | null> {
    return nameArchive(this.#to, archived);
  }

  openWhole(): WholeLog {
    return new WholeLog(this.#whole);
  }

  restore(how: Parameters<OpenedLog['restore']>[0]): Promise<string> {
    return restore(this.#to, how);
  }

  disown(which: Parameters<OpenedLog['disown']>[0]): Promise<string> {
    return disown(this.#to, which);
  }

  async readKeyInForce(): Promise<string> {
    await this.#to.decoding.catchUp();
    return this.#to.history.keyInForce ?? '';
  }

  lastUseOfOthers(kid: string): Instant | null {
    return this.#to.decoding.lastUseOfOthers(kid);
  }

  changeIntegrityKey(kid: string, actor: Actor): Promise<void> {
    return changeIntegrityKey(this.#to, kid, actor);
  }
}

/** Appends the first event of the installation, unless another instance does so at this moment. */
async function begin({ store, prefix, keys, issuer, now, newId, mayOpen }: OpenEventLogOptions): Promise<void> {
  if (!mayOpen)
    throw new LogNotOpenedError(
      `The log is empty: no installation of STREAM_PREFIX ${prefix} has begun there. Check DATA_DIR, EVENTSTORE_URL and STREAM_PREFIX; ` +
        'if a log should be there, put it back, or run `tokenledger restore FOLDER` with a backup.',
    );
  const historyId = newHistoryId(newId);
  const stream = `${prefix}${streamName(LOG_STREAM)}`;
  const opened: NewEvent = {
    ...{ id: newId(), occurredAt: now(), actor: 'system', correlationId: newId() },
    event: { type: 'LogOpened', data: { historyId, issuer } },
  };
  const stored = storedEvent(opened, { stream, revision: 0, historyId, key: keys.current });
  try {
    await store.append(stream, [stored], 'no_stream');
  } catch (error) {
    if (!(error instanceof WrongExpectedRevisionError)) throw error;
  }
}

function ignore(): void {
  // Nobody asked to hear of it.
}
