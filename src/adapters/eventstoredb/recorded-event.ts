import type { RecordedEvent as DatabaseEvent } from '@eventstore/db-client';
import { canonicalJson } from '../../event-store/canonical-json.js';
import { InvalidEventError } from '../../event-store/errors.js';
import type { RecordedEvent } from '../../event-store/event-store.js';
import type { Position } from '../../event-store/position.js';
import { unavailable } from './errors.js';
import { positionFrom } from './positions.js';

/** An event as the port gives it. The client has parsed what the server stores as text; the canonical form is that text again. */
export function recordedEvent(event: DatabaseEvent): RecordedEvent {
  const { streamId, revision, position, id, type, isJson, data, metadata } = event;
  return {
    stream: streamId,
    revision: Number(revision),
    position: placeOf(position),
    id,
    type,
    data: isJson ? textOf(data) : '',
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

/** Empty for what cannot be of ours: no JSON, or JSON that this project does not write. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  try {
    return canonicalJson(value);
  } catch (error) {
    if (error instanceof InvalidEventError) return '';
    throw error;
  }
}
