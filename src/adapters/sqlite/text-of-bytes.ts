import { isAscii, isUtf8 } from 'node:buffer';
import type { SqliteValue } from './sqlite-file.js';

/** A column of text, to be read as a blob: see `textOfBytes`. */
export function asBytes(column: string): string {
  return `cast(${column} as blob)`;
}

/**
 * The text of a column that was read as a blob. The driver ends the process at a text that is not UTF-8, and cuts one at a NUL: another
 * tool can write both. What is not UTF-8 comes out as no program writes it: bytes that are not ASCII as `%` and two hexadecimal digits,
 * `%` itself as well, and a replacement character at the end. So different bytes are different texts, and no valid MAC is over one.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Nearly all texts are ASCII, which is read at a fraction of the cost.
  if (isAscii(buffer)) return buffer.toString('latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : `${buffer.toString('latin1').replace(NOT_PLAIN, escaped)}\uFFFD`;
}

/** The same of a column that may hold nothing. */
export function textOrNull(value: SqliteValue | undefined): string | null {
  return value instanceof Uint8Array ? textOfBytes(value) : null;
}

const NOT_PLAIN = /[%\u0080-\u00FF]/g;

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
