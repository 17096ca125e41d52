/** What a field of an event's data may hold. All but `flag` and the lists may be missing where the table says optional. */
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
  /** A list of objects as the event's own description says, left out when it is empty. */
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

/** What a field holds, by its kind. */
interface Values {
  readonly uuid: string;
  readonly text: string;
  readonly count: number;
  readonly instant: number;
  readonly flag: boolean;
  readonly sealed: string;
  readonly texts: readonly string[];
  readonly list: readonly unknown[];
}
export type ValueOf<F extends Field> = Values[F['kind']] | (F extends { readonly optional: true } ? null : never);

/** A field that is always there (a flag that is false and an empty list are left out). */
export function field<K extends FieldKind>(wire: string, kind: K, meaning: string) {
  return { wire, kind, meaning };
}

/** A field that may be missing. */
export function optional<K extends FieldKind>(wire: string, kind: K, meaning: string) {
  return { wire, kind, meaning, optional: true as const };
}

/** An event's data as it is written: canonical JSON makes text of it. */
export type WireData = Readonly<Record<string, unknown>>;

/** An event of ours has a field that is not as its version says. Names the field, never what it holds. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LATEST_INSTANT = 8.64e15;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isListOf = (value: unknown, is: (item: unknown) => boolean): boolean => Array.isArray(value) && value.every(is);
/** What a value that is there must be. */
const IS_OF: Readonly<Record<FieldKind, (value: unknown) => boolean>> = {
  uuid: (value) => typeof value === 'string' && UUID.test(value),
  text: isText,
  sealed: isText,
  count: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  instant: (value) => Number.isSafeInteger(value) && Math.abs(value as number) <= LATEST_INSTANT,
  flag: (value) => value === true,
  texts: (value) => isListOf(value, (item) => typeof item === 'string'),
  list: (value) => isListOf(value, (item) => typeof item === 'object' && item !== null),
};

/** What a field says of something; null, undefined, false and empty lists are left out. */
export type ValueIn<T> = (of: T) => unknown;

/** Checks one field of an event that was read, and gives its value; a missing optional one is null. Throws `MalformedEventError`. */
export function fieldOf<F extends Field>(data: WireData, one: F): ValueOf<F> {
  return checked(data[one.wire], one) as ValueOf<F>;
}

function checked(value: unknown, { wire, kind, optional: isOptional }: Field): unknown {
  if (value === undefined) {
    if (kind === 'flag') return false;
    if (kind === 'texts' || kind === 'list') return [];
    if (isOptional === true) return null;
  } else if (IS_OF[kind](value)) {
    return value;
  }
  throw new MalformedEventError(`field ${wire} is not as expected (${kind})`);
}

/** Puts a value where it says something: null, false and empty lists are left out. */
export function put(data: Record<string, unknown>, { wire }: Field, value: unknown): void {
  if (value === null || value === undefined || value === false) return;
  if (Array.isArray(value) && value.length === 0) return;
  data[wire] = value;
}
