import type { Instant } from '../src/domain/instant.js';
import type { RecordedEvent } from '../src/event-store/event-store.js';

/** An event cannot be applied. The message names fields and types, never what they hold: it is logged. */
export class ProjectionError extends Error {
  override readonly name = 'ProjectionError';
}

/** The data of an event before anything is known of it. */
export type Fields = Readonly<Record<string, unknown>>;

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// These few checks run for every event, beside the requests: a schema library would cost more than all of the projection.

/** The data's fields. All functions here throw `ProjectionError` for what is not as named. */
export function fieldsOf(event: RecordedEvent): Fields {
  return record(event.data, 'data');
}

/** A text that is not empty. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw unexpected(name, 'a text');
  return value;
}

export function textOrNull(fields: Fields, name: string): string | null {
  return fields[name] === null ? null : text(fields, name);
}

export function texts(fields: Fields, name: string): readonly string[] {
  const value = fields[name];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw unexpected(name, 'a list of texts');
  return value;
}

/** A whole number from 0. */
export function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw unexpected(name, 'a whole number from 0');
  return value as number;
}

export function instant(fields: Fields, name: string): Instant {
  const value = fields[name];
  if (typeof value !== 'string' || !INSTANT.test(value)) throw unexpected(name, 'an instant');
  return value;
}

export function oneOf<T extends string>(fields: Fields, name: string, values: readonly T[]): T {
  const found = values.find((value) => value === fields[name]);
  if (found === undefined) throw unexpected(name, `one of ${values.join(', ')}`);
  return found;
}

/** The fields of an object within the data; null if the data says so. */
export function fieldsOrNull(fields: Fields, name: string): Fields | null {
  return fields[name] === null ? null : record(fields[name], name);
}

/** When the event occurred. */
export function occurredAt(event: RecordedEvent): Instant {
  return instant(record(event.metadata, 'metadata'), 'occurredAt');
}

function record(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(name, 'an object');
  return value as Fields;
}

function unexpected(name: string, expected: string): ProjectionError {
  return new ProjectionError(`${name} is not ${expected}`);
}
