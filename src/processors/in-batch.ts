import { inSpan } from '../telemetry/tracing.js';
import type { Processor, TakenBatch } from './processor.js';

/** Has a batch handled in a span that links to what caused its events; one in which nothing is taken, in none. */
export function inBatch(processor: Processor, batch: TakenBatch): Promise<void> {
  const { events } = batch;
  if (events.length === 0) return processor.handle(batch);
  const options = {
    attributes: { 'tokenledger.events': events.length },
    links: () => events.map(({ traceparent }) => traceparent),
  };
  return inSpan(`processor ${processor.name}`, options, () => processor.handle(batch));
}
