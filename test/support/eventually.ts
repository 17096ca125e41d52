import { setTimeout as delay } from 'node:timers/promises';

const LONGEST_MS = 15_000;
const BETWEEN_MS = 10;

/** Resolves once something holds; rejects, naming it, when it takes too long. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await delay(BETWEEN_MS);
  }
}
