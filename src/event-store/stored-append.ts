import { AppendTooLargeError, InvalidEventError, MAX_APPEND_BYTES } from './errors.js';
import type { AppendOptions, ExpectedRevision, StoredEvent } from './event-store.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Checks an append before anything is sent: throws `InvalidEventError` for what no store can hold as it is, `AppendTooLargeError`
 * if data and metadata together exceed `MAX_APPEND_BYTES`, `RangeError` for an expectation that is no revision.
 */
export function checkAppend(
  stream: string,
  events: readonly StoredEvent[],
  expected: ExpectedRevision,
  { anyText = false }: Pick<AppendOptions, 'anyText'> = {},
): void {
  if (events.length === 0) throw new InvalidEventError('an append without events');
  checkName('stream name', stream);
  let bytes = 0;
  for (const event of events) {
    if (!UUID.test(event.id)) throw new InvalidEventError('event id is no UUID in lower case');
    checkName('event type', event.type);
    for (const what of ['data', 'metadata'] as const) {
      checkText(what, event[what], anyText);
      bytes += Buffer.byteLength(event[what]);
    }
  }
  if (bytes > MAX_APPEND_BYTES) throw new AppendTooLargeError(`append of ${bytes} bytes, at most ${MAX_APPEND_BYTES}`);
  if (expected !== 'no_stream' && (!Number.isSafeInteger(expected) || expected < 0))
    throw new RangeError(`${expected} is no revision`);
}

/**
 * Checks where a stream is to be cut: throws `RangeError` for what is no revision, and for one after the newest event, which stays.
 * `newest` is -1 where there is no event.
 */
export function checkTruncation(before: number, newest = before): void {
  if (!Number.isSafeInteger(before) || before < 0) throw new RangeError(`${before} is no revision`);
  if (before > Math.max(newest, 0)) throw new RangeError(`the newest event of a stream, at revision ${newest}, stays`);
}

function checkName(what: string, name: string): void {
  if (name === '') throw new InvalidEventError(`${what} is empty`);
  if (name.includes('\0')) throw new InvalidEventError(`${what} holds a NUL character`);
  if (!name.isWellFormed()) throw new InvalidEventError(`${what} holds a lone surrogate`);
}

/** A text must be a JSON object, unless an event of somebody else is taken along. */
function checkText(what: string, text: unknown, anyText: boolean): void {
  if (typeof text !== 'string' || !text.isWellFormed()) throw new InvalidEventError(`${what} is no text`);
  if (!anyText && (!text.startsWith('{') || !text.endsWith('}')))
    throw new InvalidEventError(`${what} is no text of a JSON object`);
}
