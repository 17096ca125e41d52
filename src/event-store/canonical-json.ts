import { InvalidEventError } from './errors.js';

/**
 * The canonical JSON text (RFC 8785) of an event's data or metadata: members sorted by UTF-16 code units, no blanks. Members that
 * are undefined are left out. Throws `InvalidEventError` for what would not come back from JSON as it is or has more than one
 * form: numbers that are no safe integer, lone surrogates, anything but plain objects and arrays, endless or very deep values.
 */
export function canonicalJson(value: object): string {
  try {
    if (!isPlainObject(value)) throw new TypeError(`${describe(value)} is not a plain object`);
    return isCanonicalAsItIs(value) ? JSON.stringify(value) : ofObject(value);
  } catch (error) {
    // TypeError: found here. RangeError: nested too deeply, or without an end.
    throw new InvalidEventError(`JSON cannot carry it: ${(error as Error).message}`, { cause: error });
  }
}

/** The object whose canonical text this is; null if there is none. */
export function objectOfCanonical(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) && canonicalJson(value) === text ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidEventError) return null;
    throw error;
  }
}

/** Members in order, with values of one form: what most data are that come back from a store. One native call writes them. */
function isCanonicalAsItIs(value: Readonly<Record<string, unknown>>): boolean {
  // The native call would ask this object for something else to write.
  if ('toJSON' in value) return false;
  let before = '';
  for (const key of Object.keys(value)) {
    const member = value[key];
    const isSimple =
      typeof member === 'string' ? member.isWellFormed() : typeof member === 'boolean' || Number.isSafeInteger(member);
    if (!isSimple || key < before || !key.isWellFormed()) return false;
    before = key;
  }
  return true;
}

function ofValue(value: unknown): string {
  if (typeof value === 'string') return ofString(value);
  // Minus zero comes out as 0.
  if (Number.isSafeInteger(value)) return JSON.stringify(value);
  if (typeof value === 'number') throw new TypeError(`it holds the number ${value}, which is no safe integer`);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return ofArray(value);
  if (isPlainObject(value)) return ofObject(value);
  throw new TypeError(`it holds ${describe(value)}`);
}

// Names of members come again with every event; those of strangers must not fill the memory.
const MAX_KEPT_NAMES = 500;
const names = new Map<string, string>();

function ofName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const text = ofString(name);
  if (names.size < MAX_KEPT_NAMES) names.set(name, text);
  return text;
}

/** JSON.stringify escapes strings exactly as RFC 8785 §3.2.2.2 asks for. */
function ofString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('it holds a lone surrogate');
  return JSON.stringify(value);
}

function ofArray(values: readonly unknown[]): string {
  // Array.from visits holes, which `map` skips.
  return `[${Array.from(values, ofValue).join(',')}]`;
}

function ofObject(value: Readonly<Record<string, unknown>>): string {
  let text = '';
  // The order of `sort` without a comparison is that of UTF-16 code units (RFC 8785 §3.2.3).
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${ofName(key)}:${ofValue(member)}`;
  }
  return `{${text}}`;
}

/** By tag, not by prototype: plain objects of another realm are as good. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function describe(value: unknown): string {
  return Object.prototype.toString.call(value);
}
