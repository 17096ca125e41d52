import { messageOf } from '../domain/message-of.js';
import { parseStreamName } from '../domain/streams.js';
import { checkHighWater, RestoredLogError } from '../event-store/high-water-check.js';
import { HighWaterKeeper } from '../event-store/high-water-keeper.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import type { LastEvent } from '../event-store/position.js';
import { OperatorRefusedError } from '../operator/errors.js';
import { holdSignals } from './hold-signals.js';
import type { Stores } from './stores.js';
import { checkUserKeys, NO_MARK, UserKeysLostError } from './user-keys-check.js';

export interface ChangesOptions {
  readonly stores: Pick<Stores, 'eventStore' | 'logStore' | 'keyStore' | 'highWaterMark'>;
  readonly prefix: string;
  /** Where the users' keys are, for messages. */
  readonly place: string;
  /** The log, once it is open. */
  readonly eventLog: () => OpenedLog;
  /** Says to the person what they should know of. */
  readonly say: (sentence: string) => void;
}

/**
 * What changes a log that no server watches: compared with the high-water mark before, as at a server's start, and under it before the
 * change counts as done (G17). What only reads needs none of this: a log that was put back must be looked at.
 */
export class ChangesWithoutServer {
  readonly #options: ChangesOptions;
  readonly #keeper: HighWaterKeeper;
  #failure: unknown = null;
  /** Whether this is the log of the mark, as far as is known. */
  #isCompared = false;

  constructor(options: ChangesOptions) {
    this.#options = options;
    this.#keeper = new HighWaterKeeper({
      mark: options.stores.highWaterMark,
      historyId: () => options.eventLog().histories.at(-1)?.historyId ?? '',
      onError: (error) => void (this.#failure = error),
    });
  }

  /** Takes note of what was appended (`onMoved` of `openEventLog`). The mark of another log stays as it is. */
  readonly moved = (last: LastEvent): void => {
    if (this.#isCompared) this.#keeper.note(last);
  };

  /** The mark follows each append at once: a mark before its event would keep every server from starting (`onAppending`). */
  readonly appending = (append: Promise<unknown>): void => {
    if (this.#isCompared) holdSignals(append.catch(ignore).then(() => this.#keeper.write()));
  };

  /**
   * Changes the log. Rejects with `RestoredLogError` or `UserKeysLostError` before anything is changed, with `OperatorRefusedError` if the
   * mark cannot be written afterwards, and as the change does.
   */
  async make<T>(change: () => Promise<T>): Promise<T> {
    await this.#compare();
    return this.#make(change);
  }

  /**
   * The same for a change that `log restored` may need on a log that was put back, and whose loss shows by itself: there it is made with a
   * warning, and the mark stays.
   */
  async makeOnAny<T>(change: () => Promise<T>): Promise<T> {
    try {
      await this.#compare();
    } catch (error) {
      if (!(error instanceof RestoredLogError || error instanceof UserKeysLostError)) throw error;
      this.#options.say(`Only this log is changed, and the high-water mark stays. ${error.message}`);
      return change();
    }
    return this.#make(change);
  }

  async #make<T>(change: () => Promise<T>): Promise<T> {
    const result = await change().finally(() => {
      this.#failure = null;
      return this.#keeper.write();
    });
    if (this.#failure !== null)
      throw new OperatorRefusedError(
        `It is done, but the high-water mark beside the users’ keys cannot be written (${messageOf(this.#failure)}): nobody would notice ` +
          'that the log was put back to before it. Run the command again once that is repaired.',
      );
    return result;
  }

  async #compare(): Promise<void> {
    const { stores, prefix, place, eventLog, say } = this.#options;
    this.#isCompared = false;
    await checkHighWater({ store: stores.eventStore, log: eventLog() }, await stores.highWaterMark.read());
    if ((await checkUserKeys({ stores, prefix, place })) === 'no_mark') say(`WARNING: ${NO_MARK}`);
    this.#isCompared = true;
    // An earlier run may have been killed between its append and the mark, and this one may find nothing left to change.
    const newest = await this.#newestOfOurs();
    if (newest !== null) this.#keeper.note(newest);
  }

  async #newestOfOurs(): Promise<LastEvent | null> {
    const { stores, prefix, eventLog } = this.#options;
    const newest = await stores.eventStore.readNewest();
    const stream = newest === null ? null : parseStreamName(newest.stream, prefix);
    if (newest === null || stream === null) return null;
    // What is refused is of somebody else, who may remove it again.
    const decoded = await eventLog()
      .readNewest(stream)
      .catch(() => null);
    return decoded?.id === newest.id ? { position: newest.position, eventId: newest.id } : null;
  }
}

function ignore(): void {
  // The command hears of it.
}
