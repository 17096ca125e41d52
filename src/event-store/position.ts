/**
 * A place in the whole log, as each adapter writes it: fixed-width decimal digits, so that positions of one store order as
 * strings and survive JSON (which cannot carry the 64-bit numbers behind them). Opaque outside the adapters: compare with `<`,
 * never compute. Clients see it encrypted (src/security/log-position-codec.ts).
 */
export type Position = string;

/** An event and its place. A log that holds it there is the log it was read from, at least up to it. */
export interface LastEvent {
  readonly position: Position;
  readonly eventId: string;
}

const DIGITS = 20;

/** Writes an unsigned 64-bit number as a position, or as one part of it. */
export function positionOf(value: number | bigint): Position {
  return value.toString().padStart(DIGITS, '0');
}

/** Whether a string has the form of a position: one number, or a commit and a prepare position as EventStoreDB counts. */
export function isPosition(value: string): value is Position {
  return /^\d{20}(?:\/\d{20})?$/.test(value);
}

/** The newer of two positions. */
export function newer(a: Position, b: Position): Position {
  return a > b ? a : b;
}
