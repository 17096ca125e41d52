/** What a suite keeps open so that the stores of its tests share one writing thread: to start one costs more than most tests. */
interface Kept {
  close(): Promise<void>;
}

let isSuite = false;
let kept: Promise<Kept> | null = null;

/** From now on what is opened is kept until `endSuite`. Other programs that use these helpers keep nothing. */
export function beginSuite(): void {
  isSuite = true;
}

/** Opens what holds the writing thread, once a suite. */
export async function keepWriter(open: () => Promise<Kept>): Promise<void> {
  if (isSuite) await (kept ??= open());
}

/** Lets the writing thread go. */
export async function endSuite(): Promise<void> {
  await (await kept)?.close();
  kept = null;
}
