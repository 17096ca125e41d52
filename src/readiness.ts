import type { ProjectorStatus } from './processors/projector.js';
import { PROJECTED_STREAMS } from './processors/project-batch.js';
import { millisecondsBetween, instantOf } from './domain/instant.js';
import type { EventStore } from './event-store/event-store.js';
import type { Readiness } from './http/dependencies.js';
import type { KeyStore } from './key-store/key-store.js';
import type { ReadModel } from './read-model/read-model.js';

export interface ReadinessOptions {
  readonly eventStore: EventStore;
  readonly readModel: ReadModel;
  readonly keyStore: KeyStore;
  /** The state of this process's projector; null if it runs none, or another instance projects. */
  readonly projector: () => ProjectorStatus | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const EVENTS_LOOKED_AT = 100;

/**
 * How old the oldest event is, in seconds, that the read model does not show yet; 0 if it shows all. Rejects with
 * `StoreUnavailableError`.
 */
export async function projectionLag({ eventStore, readModel, now }: ReadinessOptions): Promise<number> {
  const checkpoint = await readModel.checkpoint();
  const after = checkpoint === null ? {} : { after: checkpoint };
  const events = await eventStore.readAll({ ...after, maxCount: EVENTS_LOOKED_AT });
  const waiting = events.find(({ stream }) => PROJECTED_STREAMS.some((prefix) => stream.startsWith(prefix)));
  if (waiting === undefined) return 0;
  return Math.max(0, millisecondsBetween(waiting.metadata.occurredAt, instantOf(now())) / 1000);
}

/**
 * Whether the process can serve. Without the event store nothing can be decided, and a projector that has failed must be looked
 * at: both are not ready. Without the read model or the keys refreshing and signing out still work (G14), so that is `degraded`
 * but ready.
 */
export async function readiness(options: ReadinessOptions): Promise<Readiness> {
  const [eventStore, readModel, keyStore, lag] = await Promise.all([
    isUp(options.eventStore),
    isUp(options.readModel),
    isUp(options.keyStore),
    projectionLag(options).catch(() => null),
  ]);
  const projector = options.projector();
  const failed = projector?.state === 'failed';
  const ready = eventStore && !failed;
  const status = !ready ? 'not_ready' : readModel && keyStore ? 'ready' : 'degraded';
  const view = {
    status,
    event_store: up(eventStore),
    read_model: up(readModel),
    key_store: up(keyStore),
    projection: {
      state: projector?.state ?? 'elsewhere',
      checkpoint: projector?.checkpoint ?? null,
      lag_seconds: lag,
      ...(projector?.failure === undefined ? {} : { failure: failureView(projector.failure) }),
    },
  };
  return { ready, view };
}

function failureView(failure: NonNullable<ProjectorStatus['failure']>): object {
  if (!('eventId' in failure)) return { reason: failure.reason };
  const { eventId, type, stream, position, reason } = failure;
  return { event_id: eventId, type, stream, position, reason };
}

async function isUp(store: { ping(): Promise<void> }): Promise<boolean> {
  try {
    await store.ping();
    return true;
  } catch {
    return false;
  }
}

function up(isUp: boolean): 'up' | 'down' {
  return isUp ? 'up' : 'down';
}
