import { parentPort, Worker } from 'node:worker_threads';

/** The text of events in the lines of `LogText` (null: there is no event, or none can be made), and how many events it holds. */
export interface TextOfEvents {
  readonly text: string | null;
  readonly count: number;
}

/** Why a page could not be read; `isStores` if the store is unavailable: then it is so for every other reader. */
export interface TextFailure {
  readonly failure: string;
  readonly isStores: boolean;
}

export type TextAnswer = TextOfEvents | TextFailure;

/** A thread that reads the log: a page crosses as one text. It is asked with requests of its own kind. */
export class TextThread<Request> {
  readonly #worker: Worker;
  readonly #waiting: ((answer: TextAnswer) => void)[] = [];
  #ended: string | null = null;

  /** `module` answers in its thread by `answerTexts`; `workerData` is what it finds under that name. */
  constructor(module: URL, workerData: unknown) {
    this.#worker = new Worker(module, { workerData });
    // Answers come in the order of the requests.
    this.#worker.on('message', (answer: TextAnswer) => this.#waiting.shift()?.(answer));
    this.#worker.on('error', (error) => this.#end(`reading thread failed: ${error.message}`));
    this.#worker.on('exit', () => this.#end('reading thread ended'));
  }

  /** Never rejects. */
  ask(request: Request): Promise<TextAnswer> {
    return new Promise((resolve) => {
      if (this.#ended !== null) {
        resolve({ failure: this.#ended, isStores: false });
        return;
      }
      this.#waiting.push(resolve);
      this.#worker.postMessage(request);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    for (const resolve of this.#waiting.splice(0)) resolve({ failure: reason, isStores: false });
  }
}

/** Runs in the thread: answers requests one after another, in the order in which they came. `failureOf` makes an answer of an error. */
export function answerTexts(
  read: (request: unknown) => TextOfEvents | Promise<TextOfEvents>,
  failureOf: (error: unknown) => TextFailure,
): void {
  if (parentPort === null) throw new Error('a reading thread is started by a text reader, as a thread');
  const port = parentPort;
  const answer = async (request: unknown): Promise<TextAnswer> => {
    try {
      return await read(request);
    } catch (error) {
      return failureOf(error);
    }
  };
  let before: Promise<void> = Promise.resolve();
  port.on('message', (request: unknown) => {
    before = before.then(async () => port.postMessage(await answer(request)));
  });
}
