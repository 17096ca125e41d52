import { streamName, type StreamKind } from '../domain/streams.js';
import type { LogEvent } from '../event-store/event-log.js';
import type { LastEvent, Position } from '../event-store/position.js';
import type { Changed, Collection, DocumentKey, Documents } from '../read-model/documents.js';
import type { ProjectionTarget, VersionToken } from '../read-model/read-model.js';
import { ACCOUNTS } from '../../projections/accounts.js';
import { isOfKind, ProjectionError, reduce, type Projection } from '../../projections/projection.js';
import { SESSIONS } from '../../projections/sessions.js';
import { STREAMS } from '../../projections/streams.js';
import { lastEventOf, type TakenBatch, type UnappliedEvent } from './processor.js';

/** How far a batch was applied: up to its end, or up to an event that could not be. */
export interface BatchOutcome {
  /** The version to go on with. */
  readonly version: VersionToken;
  readonly unapplied: UnappliedEvent | null;
}

/**
 * Applies a batch of the log: the documents concerned are loaded at once, each is written once however many events concern
 * it, with the checkpoint. If an event cannot be applied, those before it are, and it is named. Rejects as the read model
 * does; nothing was applied then.
 */
export async function projectBatch(
  readModel: Pick<ProjectionTarget, 'load' | 'apply'>,
  { events, position, lastEvent }: TakenBatch,
  version: VersionToken,
): Promise<BatchOutcome> {
  const work = new BatchWork();
  for (const event of events) work.concern(event);
  await work.load(readModel, version);
  const unapplied = firstFailure(events, (event) => work.apply(event));
  const apply = (checkpoint: Position, last: LastEvent | null): Promise<VersionToken> =>
    readModel.apply({ documents: work.changed(), version, checkpoint, lastEvent: last });
  if (unapplied === null) return { version: await apply(position, lastEvent), unapplied };
  const lastApplied = lastEventOf(events.filter((event) => event.position < unapplied.position));
  if (lastApplied === null) return { version, unapplied };
  return { version: await apply(lastApplied.position, lastApplied), unapplied };
}

/** The documents that one batch concerns. */
class BatchWork {
  readonly #sessions = new CollectionWork(SESSIONS);
  readonly #accounts = new CollectionWork(ACCOUNTS);
  readonly #streams = new CollectionWork(STREAMS);
  /** Whose the sessions are, of events that begin none. */
  readonly #owners = new Map<string, string>();

  /** Notes which documents an event is about. */
  concern(event: LogEvent): void {
    if (isOfKind(event, 'token')) {
      this.#sessions.concern(event);
      this.#streams.concern(event);
      if (event.event.type === 'TokenIssued') this.#accounts.concernId(event.stream.userId);
      else this.#owners.set(event.event.data.family.sid, event.stream.userId);
    } else if (isOfKind(event, 'user')) this.#accounts.concern(event);
  }

  async load(readModel: Pick<ProjectionTarget, 'load'>, version: VersionToken): Promise<void> {
    await this.#load(readModel, [...this.#sessions.keys(), ...this.#accounts.keys(), ...this.#streams.keys()], version);
    // Sessions that are missing may be those of an erased user, which is looked up only then.
    const missing = [...this.#owners].filter(([sid]) => !this.#sessions.has(sid)).map(([, userId]) => userId);
    const unknown = new Set(missing.filter((userId) => !this.#accounts.has(userId)));
    for (const userId of unknown) this.#accounts.concernId(userId);
    await this.#load(
      readModel,
      Array.from(unknown, (id) => ({ collection: 'accounts' as const, id })),
      version,
    );
  }

  async #load(
    readModel: Pick<ProjectionTarget, 'load'>,
    keys: readonly DocumentKey[],
    version: VersionToken,
  ): Promise<void> {
    if (keys.length === 0) return;
    for (const placed of await readModel.load(keys, version)) {
      if (placed.collection === 'sessions') this.#sessions.put(placed.document);
      else if (placed.collection === 'accounts') this.#accounts.put(placed.document);
      else this.#streams.put(placed.document);
    }
  }

  apply(event: LogEvent): void {
    if (isOfKind(event, 'token')) {
      this.#streams.apply(event);
      // What raced with an erasure: that family cannot be refreshed, and nothing of it is shown.
      const isErased = this.#accounts.get(event.stream.userId)?.status === 'erased';
      if (!isErased || this.#sessions.has(event.event.data.family.sid)) this.#sessions.apply(event);
    } else if (isOfKind(event, 'user')) this.#accounts.apply(event);
    else throw new ProjectionError('not an event of a projected stream');
  }

  changed(): readonly Changed[] {
    const changed: Changed[] = [];
    for (const { document, isNew } of this.#sessions.changed()) changed.push({ collection: 'sessions', document, isNew });
    for (const { document, isNew } of this.#accounts.changed()) changed.push({ collection: 'accounts', document, isNew });
    for (const { document, isNew } of this.#streams.changed()) changed.push({ collection: 'streams', document, isNew });
    return changed;
  }
}

class CollectionWork<C extends Collection, K extends StreamKind> {
  readonly #projection: Projection<C, K>;
  /** By id; undefined until loaded, or if there is none. */
  readonly #documents = new Map<string, Documents[C] | undefined>();
  /** By id, whether there was none. */
  readonly #changed = new Map<string, boolean>();

  constructor(projection: Projection<C, K>) {
    this.#projection = projection;
  }

  concern(event: LogEvent<K>): void {
    const id = this.#projection.documentId(event);
    if (id !== null) this.concernId(id);
  }

  concernId(id: string): void {
    this.#documents.set(id, undefined);
  }

  get(id: string): Documents[C] | undefined {
    return this.#documents.get(id);
  }

  has(id: string): boolean {
    return this.#documents.get(id) !== undefined;
  }

  keys(): DocumentKey[] {
    return Array.from(this.#documents.keys(), (id) => ({ collection: this.#projection.collection, id }));
  }

  put(document: Documents[C]): void {
    this.#documents.set(document.id, document);
  }

  apply(event: LogEvent<K>): void {
    const id = this.#projection.documentId(event);
    if (id === null) return;
    const document = this.#documents.get(id);
    const next = reduce(this.#projection, document, event);
    if (next === document) return;
    this.#documents.set(id, next);
    if (!this.#changed.has(id)) this.#changed.set(id, document === undefined);
  }

  *changed(): Generator<{ readonly document: Documents[C]; readonly isNew: boolean }> {
    for (const [id, isNew] of this.#changed) {
      const document = this.#documents.get(id);
      if (document !== undefined) yield { document, isNew };
    }
  }
}

/** Does something with each event, up to the first that fails. */
function firstFailure(events: readonly LogEvent[], act: (event: LogEvent) => void): UnappliedEvent | null {
  for (const event of events) {
    try {
      act(event);
    } catch (error) {
      return unappliedEvent(event, error);
    }
  }
  return null;
}

/** Names an event that could not be handled, and why. */
export function unappliedEvent({ id, event, stream, position }: LogEvent, error: unknown): UnappliedEvent {
  // What another error says may quote the data.
  const reason = error instanceof ProjectionError ? error.message : `defect: ${(error as Error).name}`;
  return { eventId: id, type: event.type, stream: streamName(stream), position, reason };
}
