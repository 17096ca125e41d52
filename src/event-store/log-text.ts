import type { RecordedEvent } from './event-store.js';
import type { Position } from './position.js';

/** The lines of an event in a text, in this order. */
const POSITION = 0;
const STREAM = 1;
const REVISION = 2;
const ID = 3;
const TYPE = 4;
const DATA = 5;
const METADATA = 6;
const LINES = 7;

/**
 * Events of the whole log as one text, for those who read all of it: a line each for position, stream, revision, id, type, data and
 * metadata, event after event, each line ended by a line feed. One text costs a store and the garbage collector far less than an object
 * with seven members an event, and what the MAC is computed over stands in it as it is.
 */
export class LogText {
  readonly #text: string;
  /** Where each line begins, and the end. */
  readonly #begins: Int32Array;
  /** How many events there are, from 1. */
  readonly count: number;

  private constructor(text: string, begins: Int32Array, count: number) {
    this.#text = text;
    this.#begins = begins;
    this.count = count;
  }

  /**
   * Null if the text is not exactly so many events in the order of their positions: somebody else's event may hold a line feed. Its
   * page is read as objects then.
   */
  static of(text: string, count: number): LogText | null {
    const begins = new Int32Array(count * LINES + 1);
    let at = 0;
    for (let line = 1; line <= count * LINES; line += 1) {
      at = text.indexOf('\n', at) + 1;
      if (at === 0) return null;
      begins[line] = at;
    }
    if (count === 0 || at !== text.length) return null;
    const made = new LogText(text, begins, count);
    for (let index = 1; index < count; index += 1) if (made.position(index) <= made.position(index - 1)) return null;
    return made;
  }

  /** The text of some events; null if they are none or a member of one holds a line feed. */
  static from(events: readonly RecordedEvent[]): LogText | null {
    return LogText.of(textOfEvents(events), events.length);
  }

  position(index: number): Position {
    return this.#line(index, POSITION);
  }

  /** The whole name, prefix included. */
  stream(index: number): string {
    return this.#line(index, STREAM);
  }

  revision(index: number): number {
    return Number(this.#line(index, REVISION));
  }

  id(index: number): string {
    return this.#line(index, ID);
  }

  data(index: number): string {
    return this.#line(index, DATA);
  }

  metadata(index: number): string {
    return this.#line(index, METADATA);
  }

  /** The lines of stream, revision, id and type, as the records of MAC and leaf have them. */
  place(index: number): string {
    return this.#lines(index, STREAM, DATA);
  }

  /** The same lines and that of the data. */
  placeAndData(index: number): string {
    return this.#lines(index, STREAM, METADATA);
  }

  recorded(index: number): RecordedEvent {
    return {
      position: this.position(index),
      stream: this.stream(index),
      revision: this.revision(index),
      id: this.id(index),
      type: this.#line(index, TYPE),
      data: this.data(index),
      metadata: this.metadata(index),
    };
  }

  /** All events as objects. */
  all(): readonly RecordedEvent[] {
    return Array.from({ length: this.count }, (_, index) => this.recorded(index));
  }

  #line(index: number, line: number): string {
    const at = index * LINES + line;
    return this.#text.slice(this.#begins[at], (this.#begins[at + 1] ?? 0) - 1);
  }

  #lines(index: number, from: number, to: number): string {
    const at = index * LINES;
    return this.#text.slice(this.#begins[at + from], this.#begins[at + to]);
  }
}

/** Events in the lines of a `LogText`. */
export function textOfEvents(events: readonly RecordedEvent[]): string {
  let text = '';
  for (const { position, stream, revision, id, type, data, metadata } of events)
    text += `${position}\n${stream}\n${revision}\n${id}\n${type}\n${data}\n${metadata}\n`;
  return text;
}
