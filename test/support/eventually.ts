import { setTimeout as sleep } from 'node:timers/promises';

const DEFAULT_WITHIN_MS = 60_000;
const BETWEEN_MS = 10;

/** Resolves once something holds; rejects, naming it, when that takes longer than `withinMs` milliseconds. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { withinMs = DEFAULT_WITHIN_MS }: { readonly withinMs?: number } = {},
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${withinMs} ms: ${what}`);
    await sleep(BETWEEN_MS);
  }
}

/** What a request answers once it is answered otherwise than with 503; rejects when that takes too long. */
export async function answered<T extends { readonly status: number }>(
  what: string,
  ask: () => Promise<T>,
  options: { readonly withinMs?: number } = {},
): Promise<T> {
  let answer = await ask();
  await eventually(
    what,
    async () => {
      if (answer.status === 503) answer = await ask();
      return answer.status !== 503;
    },
    options,
  );
  return answer;
}
