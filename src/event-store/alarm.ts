/** Remembers that it rang since the last reset, so that what happens between looking and waiting is not slept through. */
export class Alarm {
  #rung = false;
  #wake: (() => void) | null = null;

  readonly ring = (): void => {
    this.#rung = true;
    this.#wake?.();
  };

  reset(): void {
    this.#rung = false;
  }

  /** Resolves once it has rung, or after so many milliseconds (null: only then). */
  async wait(milliseconds: number | null): Promise<void> {
    if (this.#rung) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (milliseconds !== null) timer = setTimeout(resolve, Math.max(0, milliseconds));
    });
    this.#wake = null;
    clearTimeout(timer);
  }
}
