import type { EventLog } from '../event-store/event-log.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Readiness } from '../http/operations-app.js';
import type { KeyStore } from '../key-store/key-store.js';
import type { HubStatus } from '../processors/log-hub.js';
import { taken } from '../processors/processor.js';
import type { ProcessorStatus } from '../processors/processor-status.js';
import type { ReadModel } from '../read-model/read-model.js';
import { PROJECTED_STREAMS } from '../../projections/collections.js';

/** What an operator must look at, since the start. */
export interface Observed {
  /** What shows that the log was cut: sessions, at most some. */
  readonly logCuts: readonly string[];
  /** Events of ours that were refused: id and stream, at most some. */
  readonly refused: readonly { readonly event_id: string; readonly stream: string; readonly kind: string }[];
}

export interface ReadinessOptions {
  readonly eventStore: Pick<EventStore, 'ping'>;
  readonly eventLog: Pick<EventLog, 'readAll'>;
  readonly readModel: Pick<ReadModel, 'ping' | 'checkpoint'>;
  readonly keyStore: Pick<KeyStore, 'ping'>;
  readonly hub: () => HubStatus;
  /** The state of this process's projector; null if its roles name none. */
  readonly projector: () => ProcessorStatus | null;
  readonly observed: () => Observed;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const PAGE = 500;
const MAX_PAGES = 20;

/**
 * How old the oldest event is, in seconds, that the read model does not show yet; 0 if it shows all, null if that is unknown. Rejects
 * as the stores do.
 */
export async function projectionLag({ eventLog, readModel, now }: ReadinessOptions): Promise<number | null> {
  let after = await readModel.checkpoint();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = await eventLog.readAll({ ...(after === null ? {} : { after }), maxCount: PAGE });
    const [waiting] = taken(read.events, { streams: PROJECTED_STREAMS });
    // A clock that stepped back makes no negative age.
    if (waiting !== undefined) return Math.max(0, (now() - waiting.occurredAt) / 1000);
    if (read.isEnd) return 0;
    after = read.position;
  }
  return null;
}

/**
 * Whether the process can serve. Without the event store nothing can be decided, and a projector that has failed must be looked
 * at: both are not ready. Without the read model or the keys refreshing and signing out still work (G14), so that is `degraded`
 * but ready, once each store has answered since the start.
 */
export async function readiness(options: ReadinessOptions): Promise<Readiness> {
  const [eventStore, readModel, keyStore, lag] = await Promise.all([
    isUp(options.eventStore),
    isUp(options.readModel),
    isUp(options.keyStore),
    projectionLag(options).catch(() => null),
  ]);
  const hub = options.hub();
  const projector = options.projector();
  const isBroken = projector?.state === 'failed' || projector?.state === 'refused';
  // A read model that never answered is more likely misconfigured than down for a moment.
  const neverSeen = projector !== null && !projector.seen && !readModel;
  const ready = eventStore && !isBroken && !neverSeen;
  const status = !ready ? 'not_ready' : readModel && keyStore ? 'ready' : 'degraded';
  const { logCuts, refused } = options.observed();
  const view = {
    status,
    event_store: hub.state === 'refused' ? 'refused' : up(eventStore),
    read_model: up(readModel),
    key_store: up(keyStore),
    projection: {
      state: projector?.state ?? 'elsewhere',
      checkpoint: projector?.checkpoint ?? null,
      lag_seconds: lag,
      ...(projector?.waitingFor === undefined ? {} : { waiting_for: projector.waitingFor }),
      ...(projector?.failure === undefined ? {} : { failure: failureView(projector.failure) }),
    },
    ...(logCuts.length === 0 ? {} : { log_cut: logCuts }),
    ...(refused.length === 0 ? {} : { refused_events: refused }),
  };
  return { ready, view };
}

function failureView(failure: NonNullable<ProcessorStatus['failure']>): object {
  if (!('eventId' in failure)) return { reason: failure.reason };
  const { eventId, type, stream, position, reason } = failure;
  return { event_id: eventId, type, stream, position, reason };
}

/** Whether a store answers. Never rejects. */
export async function isUp(store: { ping(): Promise<void> }): Promise<boolean> {
  try {
    await store.ping();
    return true;
  } catch {
    return false;
  }
}

function up(answers: boolean): 'up' | 'down' {
  return answers ? 'up' : 'down';
}
