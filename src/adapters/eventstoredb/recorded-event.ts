import type { RecordedEvent as DatabaseEvent } from '@eventstore/db-client';
import { canonicalJson } from '../../event-store/canonical-json.js';
import { InvalidEventError } from '../../event-store/errors.js';
import type { RecordedEvent } from '../../event-store/event-store.js';
import type { Position } from '../../event-store/position.js';
import { unavailable } from './errors.js';
import { textOfOctets } from './octets.js';
import { positionFrom } from './positions.js';

/** An event as the port gives it. The client has parsed what the server stores as text; the canonical form is that text again. */
export function recordedEvent(event: DatabaseEvent): RecordedEvent {
  const { streamId, revision, position, id, type, data, metadata } = event;
  return {
    stream: streamId,
    revision: Number(revision),
    position: placeOf(position),
    id,
    type,
    data: textOf(data),
    metadata: textOf(metadata),
  };
}

/** Where an event stands in the log. Throws `StoreUnavailableError` if the server is too old to say. */
export function placeOf(position: DatabaseEvent['position']): Position {
  if (position === undefined) throw unavailable('the server gives no positions of events: it must be 22.6 or newer');
  return positionFrom(position);
}

/** Whether the server wrote the event for itself: statistics, stream metadata, users. */
export function isSystemEvent({ streamId, type }: DatabaseEvent): boolean {
  return streamId.startsWith('$') || type.startsWith('$');
}

/**
 * The canonical form of what this project writes. What cannot be of ours is given as it is, as far as the client keeps it: octets and what
 * is no JSON as their text, other JSON as the client writes it.
 */
function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return textOfOctets(value);
  if (typeof value === 'string' && value.isWellFormed()) return value;
  try {
    return isObject(value) ? canonicalJson(value) : JSON.stringify(value);
  } catch (error) {
    if (error instanceof InvalidEventError) return textOfOddJson(value);
    throw error;
  }
}

function textOfOddJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // It is nested too deeply.
    return '';
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
