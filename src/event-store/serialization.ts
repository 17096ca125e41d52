import { AppendTooLargeError, InvalidEventError, MAX_APPEND_BYTES } from './errors.js';
import type { EventToAppend } from './event-store.js';

/** An event as every adapter sends it: checked, data and metadata as JSON text, the id in lower case. */
export interface SerializedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Checks an append and writes its events as JSON, before anything is sent: throws `InvalidEventError` for what no store can
 * hold as it is, `AppendTooLargeError` if data and metadata together exceed `MAX_APPEND_BYTES`.
 */
export function serializeAppend(stream: string, events: readonly EventToAppend[]): readonly SerializedEvent[] {
  if (events.length === 0) throw new InvalidEventError('an append without events');
  checkName('stream name', stream);
  const serialized = events.map(serialize);
  let bytes = 0;
  for (const { data, metadata } of serialized) bytes += Buffer.byteLength(data) + Buffer.byteLength(metadata);
  if (bytes > MAX_APPEND_BYTES) throw new AppendTooLargeError(`append of ${bytes} bytes, at most ${MAX_APPEND_BYTES}`);
  return serialized;
}

function serialize({ id, type, data, metadata }: EventToAppend): SerializedEvent {
  const lowerId = id.toLowerCase();
  if (!UUID.test(lowerId)) throw new InvalidEventError('event id is not a UUID');
  checkName('event type', type);
  return { id: lowerId, type, data: toJson('data', data), metadata: toJson('metadata', metadata) };
}

function checkName(what: string, name: string): void {
  if (name === '') throw new InvalidEventError(`${what} is empty`);
  if (name.includes('\0')) throw new InvalidEventError(`${what} holds a NUL character`);
}

function toJson(what: string, value: unknown): string {
  try {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${describe(value)} is not an object`);
    checkJson(value);
    return JSON.stringify(value);
  } catch (error) {
    // TypeError: found by the check. RangeError: nested too deeply, or without an end.
    throw new InvalidEventError(`${what} cannot be carried by JSON: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Throws at the first value that would not come back from JSON as it is. Only a property that is `undefined` may be there: it
 * comes back as a missing one, which reads the same.
 */
function checkJson(value: unknown): void {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const item of value) checkJson(item);
    return;
  }
  // By tag, not by prototype: plain objects of another realm are as good.
  if (typeof value !== 'object' || Object.prototype.toString.call(value) !== '[object Object]') {
    throw new TypeError(`it holds ${describe(value)}`);
  }
  for (const property of Object.values(value)) if (property !== undefined) checkJson(property);
}

function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : Object.prototype.toString.call(value);
}
