import { once } from 'node:events';
import { reasonOf, SqliteJobError } from './errors.js';
import type { Answer, Failure, FromWriter, JobCall, ToWriter, WriterSetup } from './messages.js';
import { writerLine, type WriterLine } from './writer-host.js';

/** Why a job could not be stored, before it becomes the failure of a particular store. */
export class WriterUnavailableError extends Error {
  override readonly name = 'WriterUnavailableError';
}

/** What the owner of the file wants to hear of. None may throw. */
export interface WriterListeners {
  /** After each commit, once its jobs have been answered. */
  readonly committed: () => void;
  /** The thread ended without being closed: nothing can be written any more. */
  readonly fatal: (error: Error) => void;
  /** Something beside the jobs failed. */
  readonly warning: (reason: string) => void;
}

/** Takes a job's result the moment it is known to be stored, before anybody else hears of the commit. May not throw. */
export type TakeResult = (result: unknown) => void;

interface Pending {
  readonly call: JobCall;
  readonly take: TakeResult | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * This side of the writer thread, for one file. Jobs gather while a group is being committed and in the turn of the event loop in
 * which they come; one message carries them all, and one commit.
 */
export class Writer {
  readonly #line: WriterLine;
  readonly #stopListening: () => void;
  readonly #listeners: WriterListeners;
  #gathering: Pending[] = [];
  #inFlight: readonly Pending[] | null = null;
  #flushPlanned = false;
  #ended: string | null = null;
  #drained: (() => void) | null = null;

  private constructor(line: WriterLine, listeners: WriterListeners) {
    this.#line = line;
    this.#listeners = listeners;
    line.port.on('message', (message: FromWriter) => {
      if ('answers' in message) this.#answered(message.answers);
      else if ('warning' in message) this.#listeners.warning(message.warning);
    });
    this.#stopListening = line.onEnd((error) =>
      this.#end(error === null ? 'writer thread ended' : `writer thread failed: ${error.message}`),
    );
  }

  /** Opens the file in the thread; rejects with the reason if that is not possible. */
  static async start(setup: WriterSetup, listeners: WriterListeners): Promise<Writer> {
    const line = writerLine(setup);
    const first = await new Promise<FromWriter>((resolve) => {
      const stop = line.onEnd((error) => resolve({ openFailed: error?.message ?? 'writer thread ended' }));
      line.port.once('message', (message: FromWriter) => {
        stop();
        resolve(message);
      });
    });
    if ('openFailed' in first) {
      line.port.close();
      await line.release();
      throw new Error(first.openFailed);
    }
    return new Writer(line, listeners);
  }

  /** Resolves with the job's result after the commit that holds it. */
  run(job: string, args: unknown, take?: TakeResult): Promise<unknown> {
    const ended = this.#ended;
    if (ended !== null) return Promise.reject(new WriterUnavailableError(ended));
    return new Promise((resolve, reject) => {
      this.#gathering.push({ call: [job, args], take, resolve, reject });
      this.#planFlush();
    });
  }

  /** Lets the jobs that were handed over finish, then closes the file. Later ones are refused. */
  async close(): Promise<void> {
    if (this.#ended === null) {
      this.#ended = 'closed';
      if (this.#gathering.length > 0 || this.#inFlight !== null) {
        await new Promise<void>((resolve) => (this.#drained = resolve));
      }
      const closed = once(this.#line.port, 'close');
      this.#post({ close: true });
      await closed;
    }
    this.#stopListening();
    await this.#line.release();
  }

  #planFlush(): void {
    if (this.#flushPlanned || this.#inFlight !== null) return;
    this.#flushPlanned = true;
    // An immediate, not a microtask: jobs of all the requests read in this turn go together.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushPlanned = false;
    if (this.#gathering.length === 0) return;
    this.#inFlight = this.#gathering;
    this.#gathering = [];
    try {
      this.#send(this.#inFlight);
    } catch {
      this.#inFlight = this.#inFlight.filter(isCloneable);
      this.#send(this.#inFlight);
    }
  }

  #send(group: readonly Pending[]): void {
    this.#post({ group: group.map((pending) => pending.call) });
  }

  #post(message: ToWriter): void {
    this.#line.port.postMessage(message);
  }

  #answered(answers: readonly Answer[]): void {
    const group = this.#inFlight ?? [];
    this.#inFlight = null;
    group.forEach((pending, index) => settle(pending, answers[index]));
    this.#listeners.committed();
    if (this.#gathering.length > 0) this.#planFlush();
    else this.#drained?.();
  }

  #end(reason: string): void {
    const isUnexpected = this.#ended === null;
    this.#ended ??= reason;
    const lost = [...(this.#inFlight ?? []), ...this.#gathering];
    this.#inFlight = null;
    this.#gathering = [];
    for (const pending of lost) pending.reject(new WriterUnavailableError(reason));
    this.#drained?.();
    if (isUnexpected) this.#listeners.fatal(new WriterUnavailableError(reason));
  }
}

/** Whether a job's arguments can cross to the thread; rejects the job if not. */
function isCloneable({ call, reject }: Pending): boolean {
  try {
    structuredClone(call);
    return true;
  } catch (error) {
    reject(new SqliteJobError(call[0], reasonOf(error), undefined));
    return false;
  }
}

function settle(pending: Pending, answer: Answer | undefined): void {
  if (answer === undefined) pending.reject(new WriterUnavailableError('no answer from the writer thread'));
  else if ('result' in answer) {
    pending.take?.(answer.result);
    pending.resolve(answer.result);
  } else pending.reject(errorOf(pending.call[0], answer.failure));
}

function errorOf(job: string, failure: Failure): Error {
  return failure.kind === 'unavailable'
    ? new WriterUnavailableError(failure.reason)
    : new SqliteJobError(job, failure.reason, failure.stack);
}
