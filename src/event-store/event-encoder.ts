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
  const { id, actor, correlationId, traceparent } = event;
  const { type } = event.event;
  const text = canonicalJson(data);
  // `mac` comes between the two in canonical order.
  const before = canonicalJson({ actor, correlationId }).slice(0, -1);
  const when = { occurredAt: isoOf(event.occurredAt), schemaVersion: String(schemaVersion) };
  const after = canonicalJson(traceparent === undefined ? when : { ...when, traceparent }).slice(1);
  const metadata = `${before},${after}`;
  const mac = macOf({ id, type, data: text, metadata, stream, revision }, historyId, key);
  return { id, type, data: text, metadata: `${before},"mac":"${mac}",${after}` };
}
