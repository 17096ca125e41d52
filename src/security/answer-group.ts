/**
 * Holds back those who are done, so that several go on at once: what they do next finds the caches of the processor full of something
 * else, and the first of a group warms them for the others.
 */
export class AnswerGroup {
  readonly #size: number;
  readonly #longestMs: number;
  #held: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** A group goes on when it has so many members, and at the latest so many milliseconds after its first one came. */
  constructor(size: number, longestMs: number) {
    this.#size = size;
    this.#longestMs = longestMs;
  }

  /** Resolves when the group goes on. */
  join(): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push(resolve);
      if (this.#held.length >= this.#size) this.release();
      else this.#timer ??= setTimeout(() => this.release(), this.#longestMs);
    });
  }

  /** Lets those who are held back go on now. */
  release(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const held = this.#held;
    this.#held = [];
    for (const goOn of held) goOn();
  }
}
