import type { EventDecoder } from './event-decoder.js';
import type { EventLog, LogPage } from './event-log.js';
import { DEFAULT_MAX_COUNT, type EventStore } from './event-store.js';
import type { TextCheck } from './authentic-text.js';
import { LogText } from './log-text.js';
import type { RecordedDecoding } from './recorded-decoding.js';
import { decodeText } from './text-decoding.js';
import { TextPages } from './text-pages.js';

export interface WholeLogOptions extends TextCheck {
  readonly store: Pick<EventStore, 'readAll' | 'openTextReader'>;
  readonly decoder: EventDecoder;
  /** For pages with something unusual in them. */
  readonly decoding: RecordedDecoding;
}

/** The log for those who read all of it, many times as fast as `EventLog.readAll`. To be closed. */
export class WholeLog implements Pick<EventLog, 'readAll'> {
  readonly #options: WholeLogOptions;
  readonly #pages: TextPages;

  constructor(options: WholeLogOptions) {
    this.#options = options;
    this.#pages = new TextPages(options.store);
  }

  async readAll({ after, maxCount = DEFAULT_MAX_COUNT }: { after?: string; maxCount?: number } = {}): Promise<LogPage> {
    const { decoder, decoding } = this.#options;
    const read = await this.#pages.read(after === undefined ? { maxCount } : { after, maxCount });
    const quick = read instanceof LogText ? decodeText(read, decoder, this.#options) : null;
    if (read instanceof LogText && quick !== null)
      return { events: quick, position: read.position(read.count - 1), isEnd: read.count < maxCount };
    const page = read instanceof LogText ? read.all() : read;
    const { events, refused } = await decoding.decodeAll(page);
    if (refused !== null) throw refused;
    return { events, position: page.at(-1)?.position ?? after ?? '', isEnd: page.length < maxCount };
  }

  close(): Promise<void> {
    return this.#pages.close();
  }
}
