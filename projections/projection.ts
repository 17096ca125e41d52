import { SCHEMA_VERSION } from '../src/domain/recorded.js';
import type { RecordedEvent } from '../src/event-store/event-store.js';
import type { Collection, Documents } from '../src/read-model/documents.js';
import { ProjectionError } from './event-data.js';

/**
 * What an event makes of a document: pure. `undefined` is a document that does not exist. Throws `ProjectionError` if the
 * event cannot be applied to it.
 */
export type Reducer<C extends Collection> = (
  document: Documents[C] | undefined,
  event: RecordedEvent,
) => Documents[C] | undefined;

/** How the events of one kind of stream become the documents of one collection. */
export interface Projection<C extends Collection> {
  readonly collection: C;
  /** Every event of the streams whose names begin so must have a reducer. */
  readonly streamPrefix: string;
  /** The id of the one document an event concerns. */
  documentId(event: RecordedEvent): string;
  /** By event type. */
  readonly reducers: Readonly<Record<string, Reducer<C>>>;
}

/** The document after an event. An event at or before the document's position was applied before: it changes nothing (G8). */
export function reduce<C extends Collection>(
  projection: Projection<C>,
  document: Documents[C] | undefined,
  event: RecordedEvent,
): Documents[C] | undefined {
  // An own property: `constructor` is no event type.
  const reducer = Object.hasOwn(projection.reducers, event.type) ? projection.reducers[event.type] : undefined;
  if (reducer === undefined) throw new ProjectionError('unknown event type');
  // Even if its fields look alike: a newer program may mean something else by them.
  if (event.metadata.schemaVersion !== SCHEMA_VERSION) throw new ProjectionError('unknown schema version');
  if (document !== undefined && event.position <= document.position) return document;
  return reducer(document, event);
}
