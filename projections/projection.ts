import type { EventsByStream } from '../src/domain/event.js';
import type { StreamKind } from '../src/domain/streams.js';
import type { LogEvent } from '../src/event-store/event-log.js';
import type { Collection, Documents } from '../src/read-model/documents.js';

/** An event cannot be applied. The message never quotes what the event holds: it is logged. */
export class ProjectionError extends Error {
  override readonly name = 'ProjectionError';
}

/** An event of one kind of stream whose type is known. */
export type TypedEvent<K extends StreamKind, T extends EventsByStream[K]['type']> = LogEvent<K> & {
  readonly event: Extract<EventsByStream[K], { readonly type: T }>;
};

/**
 * What an event makes of a document: pure. `undefined` is a document that does not exist. Throws `ProjectionError` if the event
 * cannot be applied to it.
 */
export type Reducer<C extends Collection, K extends StreamKind, T extends EventsByStream[K]['type']> = (
  document: Documents[C] | undefined,
  event: TypedEvent<K, T>,
) => Documents[C] | undefined;

/** A reducer for each event type of a kind of stream. */
export type Reducers<C extends Collection, K extends StreamKind> = {
  readonly [T in EventsByStream[K]['type']]: Reducer<C, K, T>;
};

/** How the events of one kind of stream become the documents of one collection. */
export interface Projection<C extends Collection, K extends StreamKind> {
  readonly collection: C;
  readonly stream: K;
  /** The id of the one document that an event concerns; null if it concerns none. */
  readonly documentId: (event: LogEvent<K>) => string | null;
  readonly reducers: Reducers<C, K>;
}

/** Whether an event stands in a stream of this kind. */
export function isOfKind<K extends StreamKind>(event: LogEvent, kind: K): event is LogEvent<K> {
  return event.stream.kind === kind;
}

/** The document after an event. An event at or before the document's position was applied before: it changes nothing (G8). */
export function reduce<C extends Collection, K extends StreamKind>(
  projection: Projection<C, K>,
  document: Documents[C] | undefined,
  event: LogEvent<K>,
): Documents[C] | undefined {
  const { type } = event.event;
  // An own property: `constructor` is no event type.
  if (!Object.hasOwn(projection.reducers, type)) throw new ProjectionError('unknown event type');
  if (document !== undefined && event.position <= document.position) return document;
  // The key is the type of this very event, which TypeScript cannot follow through a lookup.
  const reducer = projection.reducers[type as EventsByStream[K]['type']] as (
    before: Documents[C] | undefined,
    event: LogEvent<K>,
  ) => Documents[C] | undefined;
  return reducer(document, event);
}
