import type { Place } from '../processor.js';

interface Entry {
  readonly before: Place;
  settled: boolean;
}

/** Which mails are not settled yet, and up to where everything is: mails are settled in any order. */
export class UnsettledMails {
  #entries: Entry[] = [];
  #reached: Place;

  /** Begins at a place: nothing before it is unsettled. */
  constructor(place: Place) {
    this.#reached = place;
  }

  /** Up to where the log was read. */
  get reached(): Place {
    return this.#reached;
  }

  /** Where to go on after a restart: before the oldest mail that is not settled. */
  get checkpoint(): Place {
    return this.#entries[0]?.before ?? this.#reached;
  }

  /** Notes a mail that the next event asks for. Returns what to call once it is settled. */
  add(): () => void {
    const entry: Entry = { before: this.#reached, settled: false };
    this.#entries.push(entry);
    return () => {
      entry.settled = true;
      if (this.#entries[0] !== entry) return;
      const open = this.#entries.findIndex(({ settled }) => !settled);
      this.#entries = open === -1 ? [] : this.#entries.slice(open);
    };
  }

  reach(place: Place): void {
    this.#reached = place;
  }
}
