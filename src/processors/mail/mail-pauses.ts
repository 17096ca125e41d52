const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
const HOUR_MS = 3_600_000;
const AFTERWARDS_MS = 300_000;

/**
 * How long a mail waits before it is tried again, in milliseconds: 1 s after the first failure, twice as long after each, at most
 * 30 s in the first hour of trying and 5 minutes afterwards.
 */
export function pauseBeforeRetry(failures: number, tryingForMs: number): number {
  return tryingForMs < HOUR_MS ? Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS) : AFTERWARDS_MS;
}
