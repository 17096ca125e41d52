import { positionOf, type Position } from '../../../src/event-store/position.js';

// Beyond what a number can hold exactly, and with gaps, as the positions of EventStoreDB (offsets in its files) have.
const BASE = 2n ** 53n + 1n;
const STEP = 1_000n;

/** The embedded store's position as the server gives it. */
export function wirePosition(position: Position): string {
  return String(BASE + BigInt(position) * STEP);
}

/** The newest position of the embedded store that is at or before what a client gives. */
export function atOrBefore(commit: string): Position {
  const steps = (BigInt(commit) - BASE) / STEP;
  return positionOf(BigInt(commit) < BASE ? 0n : steps);
}

/** The newest position of the embedded store that is before what a client gives. */
export function before(commit: string): Position {
  return atOrBefore(String(BigInt(commit) - 1n));
}

/** Whether a position lies between two events, where none ever began. */
export function isBetween(commit: string): boolean {
  return BigInt(commit) > BASE && (BigInt(commit) - BASE) % STEP !== 0n;
}
