import { SingleBar } from 'cli-progress';

/** Where a command writes. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** How far long work has come. */
export interface Progress {
  /** The share that is done, 0 to 1, and a note, for example how many events. */
  update(share: number, note: string): void;
  stop(): void;
}

/** What a command prints: results on the standard output, all else on the standard error. */
export class Output {
  readonly json: boolean;
  readonly #streams: Streams;

  /** With `json` results are JSON, an object a line, and nothing else is on the standard output. */
  constructor(json: boolean, streams: Streams) {
    this.json = json;
    this.#streams = streams;
  }

  /** Prints one result: the object for programs, or the words for people. */
  result(value: object, words: string): void {
    this.#streams.stdout.write(`${this.json ? JSON.stringify(value) : words}\n`);
  }

  /** Prints what only people read, on the standard output unless that is for JSON. */
  words(text: string): void {
    if (!this.json) this.#streams.stdout.write(`${text}\n`);
  }

  /** Prints a remark or a failure on the standard error. */
  note(text: string): void {
    this.#streams.stderr.write(`${text}\n`);
  }

  /** Shows how far long work has come, on the standard error and only if that is a terminal. */
  progress(): Progress {
    const { stderr } = this.#streams;
    if (stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
    const bar = new SingleBar({
      format: '{bar} {percentage}% {note}',
      hideCursor: true,
      stream: stderr,
      clearOnComplete: true,
    });
    bar.start(1, 0, { note: '' });
    return { update: (share, note) => bar.update(share, { note }), stop: () => bar.stop() };
  }
}

/** Rows as a table for people: columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
