import { encodeEvent } from '../domain/event-format/codec.js';
import { isoOf } from '../domain/instant.js';
import { canonicalJson } from './canonical-json.js';
import type { NewEvent } from './event-log.js';
import type { StoredEvent } from './event-store.js';
import { macOf, type IntegrityKey } from './integrity.js';

/** Where an event is to stand, and what its MAC is made with. */
export interface EventPlace {
  /** The whole name, prefix included. */
  readonly stream: string;
  readonly revision: number;
  readonly historyId: string;
  readonly key: IntegrityKey;
}

/** An event as it is stored: canonical texts, with its MAC. Throws `InvalidEventError` for what JSON cannot carry. */
export function storedEvent(event: NewEvent, { stream, revision, historyId, key }: EventPlace): StoredEvent {
  const { schemaVersion, data } = encodeEvent(event.event);
  const metadata = {
    schemaVersion: String(schemaVersion),
    occurredAt: isoOf(event.occurredAt),
    correlationId: event.correlationId,
    actor: event.actor,
    traceparent: event.traceparent,
  };
  const stored = { id: event.id, type: event.event.type, data: canonicalJson(data), metadata: canonicalJson(metadata) };
  const mac = macOf({ ...stored, stream, revision }, historyId, key);
  return { ...stored, metadata: canonicalJson({ ...metadata, mac }) };
}
