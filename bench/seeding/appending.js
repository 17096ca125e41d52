// Well below the largest append that the log takes.
const EVENTS_AN_APPEND = 100;

/** Appends to one new stream, many events at a time. */
export class Appending {
  #log;
  #stream;
  #expected = 'no_stream';
  #events = [];

  constructor(log, stream) {
    this.#log = log;
    this.#stream = stream;
  }

  async add(events) {
    this.#events.push(...events);
    if (this.#events.length >= EVENTS_AN_APPEND) await this.end();
  }

  /** Appends what is left. */
  async end() {
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#expected = (await this.#log.append(this.#stream, events, this.#expected)).revision;
  }
}
