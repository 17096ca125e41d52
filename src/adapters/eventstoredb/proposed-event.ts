import { binaryEvent, jsonEvent, type EventData, type JSONEventData } from '@eventstore/db-client';
import { objectOfCanonical } from '../../event-store/canonical-json.js';
import { InvalidEventError } from '../../event-store/errors.js';
import type { StoredEvent } from '../../event-store/event-store.js';
import { asOctets } from './octets.js';

/** The event as the client takes it: it writes JSON itself, so the text is parsed; in canonical order it stays. */
export function proposedEvent({ id, type, data, metadata }: StoredEvent): EventData {
  try {
    return jsonEvent({
      id,
      type,
      data: JSON.parse(data) as object,
      metadata: JSON.parse(metadata) as object,
    } as JSONEventData);
  } catch (error) {
    throw new InvalidEventError('data or metadata are no JSON', { cause: error });
  }
}

/** The same for an event whose data and metadata may be any text: what the client would not write as it is goes as octets. */
export function proposedOfAnyText(event: StoredEvent): EventData {
  const { id, type, data, metadata } = event;
  if (objectOfCanonical(data) !== null && objectOfCanonical(metadata) !== null) return proposedEvent(event);
  return binaryEvent({
    ...{ id, type, data: Buffer.from(data) },
    ...(metadata === '' ? {} : { metadata: asOctets(metadata) }),
  });
}
