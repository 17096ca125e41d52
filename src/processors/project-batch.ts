import type { LogBatch, RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { Collection, DocumentKey, Documents } from '../read-model/documents.js';
import type { ReadModel } from '../read-model/read-model.js';
import { ACCOUNTS } from '../../projections/accounts.js';
import { ProjectionError } from '../../projections/event-data.js';
import { reduce, type Projection } from '../../projections/projection.js';
import { SESSIONS } from '../../projections/sessions.js';

/** The streams to subscribe to: those whose every event has a reducer. */
export const PROJECTED_STREAMS: readonly string[] = [SESSIONS.streamPrefix, ACCOUNTS.streamPrefix];

/** An event that could not be applied, and why. Holds nothing personal. */
export interface UnappliedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly stream: string;
  readonly position: Position;
  readonly reason: string;
}

/** How far a batch was applied: up to its end, or up to an event that could not be. */
export interface BatchOutcome {
  readonly checkpoint: Position | null;
  readonly unapplied: UnappliedEvent | null;
}

/**
 * Applies a batch of the log: the documents concerned are loaded at once, each is written once however many events concern
 * it, with the checkpoint. If an event cannot be applied, those before it are, and it is named. Rejects as the read model
 * does; nothing was applied then.
 */
export async function projectBatch(
  readModel: Pick<ReadModel, 'load' | 'apply'>,
  { events, position }: LogBatch,
  previousCheckpoint: Position | null,
): Promise<BatchOutcome> {
  const work = new BatchWork();
  let unapplied = firstFailure(events, (event) => work.concern(event));
  const concerned = unapplied === null ? events : before(events, unapplied);
  await work.load(readModel);
  unapplied = firstFailure(concerned, (event) => work.apply(event)) ?? unapplied;

  const last = (unapplied === null ? events : before(events, unapplied)).at(-1);
  const checkpoint = unapplied === null ? position : (last?.position ?? previousCheckpoint);
  if (checkpoint !== null && checkpoint !== previousCheckpoint) {
    const landmark = last === undefined ? {} : { landmark: { position: last.position, eventId: last.id } };
    await readModel.apply({ documents: work.changed(), previousCheckpoint, checkpoint, ...landmark });
  }
  return { checkpoint, unapplied };
}

/** The documents that one batch concerns. */
class BatchWork {
  readonly #sessions = new CollectionWork(SESSIONS);
  readonly #accounts = new CollectionWork(ACCOUNTS);

  /** Notes which document an event is about. */
  concern(event: RecordedEvent): void {
    this.#of(event).concern(event);
  }

  async load(readModel: Pick<ReadModel, 'load'>): Promise<void> {
    const keys = [...this.#sessions.keys(), ...this.#accounts.keys()];
    if (keys.length === 0) return;
    for (const placed of await readModel.load(keys)) {
      if (placed.collection === 'sessions') this.#sessions.put(placed.document);
      else this.#accounts.put(placed.document);
    }
  }

  apply(event: RecordedEvent): void {
    this.#of(event).apply(event);
  }

  changed(): Parameters<ReadModel['apply']>[0]['documents'] {
    return [
      ...this.#sessions.changed().map((document) => ({ collection: 'sessions' as const, document })),
      ...this.#accounts.changed().map((document) => ({ collection: 'accounts' as const, document })),
    ];
  }

  #of({ stream }: RecordedEvent): CollectionWork<'sessions'> | CollectionWork<'accounts'> {
    if (stream.startsWith(SESSIONS.streamPrefix)) return this.#sessions;
    if (stream.startsWith(ACCOUNTS.streamPrefix)) return this.#accounts;
    throw new ProjectionError('not an event of a projected stream');
  }
}

class CollectionWork<C extends Collection> {
  readonly #projection: Projection<C>;
  /** By id; undefined until loaded, or if there is none. */
  readonly #documents = new Map<string, Documents[C] | undefined>();
  readonly #changed = new Set<string>();

  constructor(projection: Projection<C>) {
    this.#projection = projection;
  }

  concern(event: RecordedEvent): void {
    this.#documents.set(this.#projection.documentId(event), undefined);
  }

  keys(): DocumentKey[] {
    return Array.from(this.#documents.keys(), (id) => ({ collection: this.#projection.collection, id }));
  }

  put(document: Documents[C]): void {
    this.#documents.set(document.id, document);
  }

  apply(event: RecordedEvent): void {
    const id = this.#projection.documentId(event);
    const document = this.#documents.get(id);
    const next = reduce(this.#projection, document, event);
    if (next === document) return;
    this.#documents.set(id, next);
    this.#changed.add(id);
  }

  changed(): Documents[C][] {
    return Array.from(this.#changed, (id) => this.#documents.get(id)).filter((document) => document !== undefined);
  }
}

/** Does something with each event, up to the first that fails. */
function firstFailure(events: readonly RecordedEvent[], act: (event: RecordedEvent) => void): UnappliedEvent | null {
  for (const event of events) {
    try {
      act(event);
    } catch (error) {
      return unappliedEvent(event, error);
    }
  }
  return null;
}

function before(events: readonly RecordedEvent[], { position }: UnappliedEvent): readonly RecordedEvent[] {
  return events.filter((event) => event.position < position);
}

function unappliedEvent({ id, type, stream, position }: RecordedEvent, error: unknown): UnappliedEvent {
  // What another error says may quote the data.
  const reason = error instanceof ProjectionError ? error.message : `defect: ${(error as Error).name}`;
  return { eventId: id, type, stream, position, reason };
}
