import type { RecordedEvent as DatabaseEvent } from '@eventstore/db-client';
import type { EventMetadata } from '../../domain/event.js';
import type { RecordedEvent } from '../../event-store/event-store.js';
import type { Position } from '../../event-store/position.js';
import { unavailable } from './errors.js';
import { positionFrom } from './positions.js';

/** An event as the port tells it. */
export function recordedEvent(event: DatabaseEvent): RecordedEvent {
  const { streamId, revision, position, id, type, data, metadata } = event;
  return {
    stream: streamId,
    revision: Number(revision),
    position: placeOf(position),
    id,
    type,
    data: data as object,
    // Written by this project, or by somebody whose events nothing here understands.
    metadata: (metadata ?? {}) as object as EventMetadata,
  };
}

/** Where an event stands in the log. Throws `StoreUnavailableError` if the server is too old to tell. */
export function placeOf(position: DatabaseEvent['position']): Position {
  if (position === undefined) throw unavailable('the server tells no positions of events: it must be 22.6 or newer');
  return positionFrom(position);
}

/** Whether the server wrote the event for itself: statistics, stream metadata, users. */
export function isSystemEvent({ streamId, type }: DatabaseEvent): boolean {
  return streamId.startsWith('$') || type.startsWith('$');
}
