import type { Logger } from 'pino';
import { StoreUnavailableError } from '../domain/unavailable.js';
import type { RefusedEventError } from '../event-store/event-log.js';
import { StoreRefusedError, type OutdatedInstanceError } from '../event-store/errors.js';
import { checkHighWater, checkImported } from '../event-store/high-water-check.js';
import { HighWaterKeeper } from '../event-store/high-water-keeper.js';
import type { IntegrityKeys } from '../event-store/integrity.js';
import { LogNotOpenedError, openEventLog, type OpenedLog } from '../event-store/open-event-log.js';
import { BackOff, sleep } from '../event-store/waiting.js';
import type { HighWater, HighWaterMark } from '../key-store/high-water-mark.js';
import { logGone, otherPrefix } from './log-gone.js';
import type { Stores } from './stores.js';
import { checkMasterKeys, checkUserKeys, NO_MARK, type HasMasterOf } from './user-keys-check.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

export interface OpenLogOptions {
  readonly stores: Pick<Stores, 'eventStore' | 'logStore' | 'keyStore' | 'highWaterMark' | 'logIsEmbedded'>;
  /** Where log and users' keys are, for messages. */
  readonly places: { readonly log: string; readonly userKeys: string };
  readonly prefix: string;
  readonly keys: IntegrityKeys;
  readonly hasMasterOf: HasMasterOf;
  readonly issuer: string;
  readonly log: Logger;
  readonly now: () => number;
  readonly newId: () => string;
  /** Seconds that an append took. */
  readonly onAppend: (seconds: number) => void;
  readonly onRefused: (error: RefusedEventError) => void;
  readonly onDisowned: (eventId: string) => void;
  /** The log goes on with another history: the process must be started again. */
  readonly onOutdated: (error: OutdatedInstanceError) => void;
  /** Ends the waiting for stores that do not answer. */
  readonly signal?: AbortSignal;
}

/** The log, opened and compared with its high-water mark, and what keeps that mark. */
export interface WatchedLog {
  readonly eventLog: OpenedLog;
  readonly highWater: HighWaterKeeper;
  /** Compares log and mark again, when the log may be another one. Rejects with `RestoredLogError`. */
  check(): Promise<void>;
}

/**
 * Opens the log. Waits, saying so, for an event store that does not answer or refuses us. Rejects with `RestoredLogError` if the log
 * ends before its high-water mark (G17), with `LogNotOpenedError` if it is empty and has a mark, with `UserKeysLostError` if it holds
 * users and there is no key, or the key file opens no key, and with `RefusedEventError` if its own history was altered.
 */
export async function openWatchedLog(options: OpenLogOptions): Promise<WatchedLog> {
  const { stores, prefix, keys, issuer, log, now, newId, onAppend, onRefused, onDisowned, onOutdated } = options;
  const marked = await markOf(stores.highWaterMark, log);
  // Before the log is looked at: the import may have ended before its first event.
  checkImported(marked);
  let opened: OpenedLog | null = null;
  const highWater = new HighWaterKeeper({
    mark: stores.highWaterMark,
    historyId: () => opened?.histories.at(-1)?.historyId ?? '',
    onError: (error) => log.warn({ err: error }, 'the high-water mark cannot be written'),
  });
  const eventLog = await waiting(options, () =>
    openEventLog({
      ...{ store: stores.eventStore, prefix, keys, issuer, now, newId, onAppend },
      runSuffix: stores.logIsEmbedded ? newId().slice(0, 6) : null,
      // A log that was seen before and is empty now is no new installation.
      mayOpen: marked === null,
      onSkipped: (stream, reason) => log.warn({ stream, reason }, 'events of a stream are left out'),
      onRefused: (error) => {
        const { kind, eventId, stream } = error;
        log.error({ event: 'event_refused', kind, event_id: eventId, stream }, 'an event of ours is refused');
        onRefused(error);
      },
      onDisowned,
      onOutdated,
      onMoved: highWater.note,
    }).catch(async (error: unknown) => {
      if (!(error instanceof LogNotOpenedError) || marked === null) throw error;
      throw logGone({ place: options.places.log, prefix, found: await otherPrefix(stores) }, marked);
    }),
  );
  opened = eventLog;
  const check = async (): Promise<void> =>
    checkHighWater({ store: stores.eventStore, log: eventLog }, await markOf(stores.highWaterMark, log));
  await check();
  await lookAtUserKeys(options);
  return { eventLog, highWater, check };
}

/** The mark; null if there is none, or if its store does not answer: then it is compared when the log is connected to next. */
async function markOf(highWaterMark: HighWaterMark, log: Logger): Promise<HighWater | null> {
  try {
    return await highWaterMark.read();
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    log.warn({ err: error }, 'the high-water mark cannot be read');
    return null;
  }
}

/** Rejects with `UserKeysLostError`. What does not answer is waited for by those who need a key. */
async function lookAtUserKeys({ stores, prefix, places, hasMasterOf, log }: OpenLogOptions): Promise<void> {
  try {
    const check = { stores, prefix, place: places.userKeys };
    const state = await checkUserKeys(check);
    await checkMasterKeys(check, hasMasterOf);
    if (state === 'no_mark') log.warn({ event: 'high_water_mark_missing', place: places.userKeys }, NO_MARK);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    log.warn({ err: error }, 'whether the users’ keys are those of the log cannot be seen');
  }
}

async function waiting<T>({ log, signal }: OpenLogOptions, open: () => Promise<T>): Promise<T> {
  const backOff = new BackOff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  let said = '';
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const isRefused = error instanceof StoreRefusedError;
      if (!isRefused && !(error instanceof StoreUnavailableError)) throw error;
      signal?.throwIfAborted();
      const state = isRefused ? 'refused' : 'waiting';
      if (state !== said) log[isRefused ? 'error' : 'warn']({ state, err: error }, 'event store');
      said = state;
      await sleep(backOff.next(), signal);
    }
  }
}
