/** What a field of an event's data may hold. All but `flag` and `texts` may be missing where the table says optional. */
export type FieldKind =
  /** A UUID in lower case. */
  | 'uuid'
  /** A text that is not empty. */
  | 'text'
  /** A whole number from 0. */
  | 'count'
  /** Milliseconds since 1970. */
  | 'instant'
  /** `true`, or left out for false. */
  | 'flag'
  /** A personal value, encrypted under its user's key. */
  | 'sealed'
  /** A list of texts, left out when it is empty. */
  | 'texts'
  /** A list of objects as the event's own description says. */
  | 'list';

/** One field as it is written in the log. */
export interface Field {
  /** Its name in the log: short, since every event carries it. */
  readonly wire: string;
  readonly kind: FieldKind;
  readonly optional?: true;
  /** What it says, for docs/EVENTS.md. */
  readonly meaning: string;
}

/** An event's data as it is written: canonical JSON makes text of it. */
export type WireData = Readonly<Record<string, unknown>>;

/** An event of ours has a field that is not as its version says. Names the field, never what it holds. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LATEST_INSTANT = 8.64e15;

/** Checks one field of an event that was read, and gives its value; a missing optional one is null. Throws `MalformedEventError`. */
export function fieldOf(data: WireData, { wire, kind, optional }: Field): unknown {
  const value = data[wire];
  if (kind === 'flag') {
    if (value === undefined || value === true) return value === true;
  } else if (kind === 'texts') {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  } else if (value === undefined) {
    if (optional === true) return null;
  } else if (isOf(kind, value)) {
    return value;
  }
  throw new MalformedEventError(`field ${wire} is not as expected (${kind})`);
}

function isOf(kind: Exclude<FieldKind, 'flag' | 'texts'>, value: unknown): boolean {
  switch (kind) {
    case 'uuid':
      return typeof value === 'string' && UUID.test(value);
    case 'text':
    case 'sealed':
      return typeof value === 'string' && value !== '';
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'instant':
      return Number.isSafeInteger(value) && Math.abs(value as number) <= LATEST_INSTANT;
    case 'list':
      return Array.isArray(value);
  }
}

/** Puts a value where it says something: null, false and empty lists are left out. */
export function put(data: Record<string, unknown>, { wire }: Field, value: unknown): void {
  if (value === null || value === undefined || value === false) return;
  if (Array.isArray(value) && value.length === 0) return;
  data[wire] = value;
}
