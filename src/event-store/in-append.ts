import type { DomainEvent } from '../domain/event.js';
import type { StreamKind } from '../domain/streams.js';
import { activeTraceparent, inSpan } from '../telemetry/tracing.js';
import type { NewEvent } from './event-log.js';

/**
 * Appends in a span. The events name the span that they are appended in, a command's or a processor's, and not that of the append:
 * what follows the log links to what was done and not to how it was stored.
 */
export function inAppend<E extends DomainEvent, T>(
  stream: StreamKind,
  events: readonly NewEvent<E>[],
  append: (events: readonly NewEvent<E>[]) => T,
): T {
  const traceparent = activeTraceparent();
  const traced = traceparent === undefined ? events : events.map((event) => ({ traceparent, ...event }));
  return inSpan('append', { attributes: { 'tokenledger.stream': stream, 'tokenledger.events': events.length } }, () =>
    append(traced),
  );
}
