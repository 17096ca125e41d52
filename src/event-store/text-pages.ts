import type { EventStore, ReadAllOptions, RecordedEvent, TextReader } from './event-store.js';
import { LogText } from './log-text.js';

type Page = LogText | readonly RecordedEvent[];

/** The whole log page by page as texts, each page read while the one before it is worked on. */
export class TextPages {
  readonly #store: Pick<EventStore, 'readAll'>;
  readonly #reader: TextReader | null;
  #ahead: { readonly of: string; readonly page: Promise<Page> } | null = null;

  constructor(store: Pick<EventStore, 'readAll' | 'openTextReader'>) {
    this.#store = store;
    this.#reader = store.openTextReader?.() ?? null;
  }

  /** A page; as objects where a text cannot hold it. Rejects as the store does. */
  async read(options: Required<Pick<ReadAllOptions, 'maxCount'>> & ReadAllOptions): Promise<Page> {
    const ahead = this.#ahead?.of === nameOf(options) ? await this.#ahead.page : null;
    // At the end of the log there may be more by now.
    const page = ahead !== null && countOf(ahead) === options.maxCount ? ahead : await this.#read(options);
    const count = countOf(page);
    if (count === options.maxCount) {
      const after = page instanceof LogText ? page.position(count - 1) : page.at(-1)?.position;
      const next = { ...options, ...(after === undefined ? {} : { after }) };
      this.#ahead = { of: nameOf(next), page: this.#read(next) };
      // Its failure is met when it is awaited.
      this.#ahead.page.catch(() => undefined);
    } else this.#ahead = null;
    return page;
  }

  async close(): Promise<void> {
    await this.#ahead?.page.catch(() => undefined);
    await this.#reader?.close();
  }

  async #read(options: ReadAllOptions): Promise<Page> {
    const text = await this.#reader?.read(options);
    if (text) return text;
    const events = await this.#store.readAll(options);
    return this.#reader === null ? (LogText.from(events) ?? events) : events;
  }
}

function nameOf({ after = '', maxCount }: ReadAllOptions): string {
  return `${maxCount ?? ''} ${after}`;
}

function countOf(page: Page): number {
  return page instanceof LogText ? page.count : page.length;
}
