import type { EventLog } from '../event-store/event-log.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Readiness } from '../http/operations-app.js';
import type { KeyStore } from '../key-store/key-store.js';
import type { HubStatus } from '../processors/hub-status.js';
import { lagOf } from '../processors/lag.js';
import { isRefusal, type ProcessorStatus } from '../processors/processor-status.js';
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
  readonly eventLog: Pick<EventLog, 'readAll' | 'end'>;
  readonly readModel: Pick<ReadModel, 'ping' | 'checkpoint'>;
  readonly keyStore: Pick<KeyStore, 'ping'>;
  readonly hub: () => HubStatus;
  /** The state of this process's projector; null if its roles name none. */
  readonly projector: () => ProcessorStatus | null;
  /** Likewise of its eraser. */
  readonly eraser: () => ProcessorStatus | null;
  readonly observed: () => Observed;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How old the oldest event is, in seconds, that the read model does not show yet; null if that is unknown. Never rejects. */
export async function projectionLag({ eventLog, readModel, projector, now }: ReadinessOptions): Promise<number | null> {
  // What a projector that failed has not applied may be of another log.
  if (projector()?.state === 'failed') return null;
  try {
    const checkpoint = await readModel.checkpoint();
    const lagMs = await lagOf({ log: eventLog, checkpoint, takes: { streams: PROJECTED_STREAMS }, now });
    return lagMs === null ? null : lagMs / 1000;
  } catch {
    return null;
  }
}

/**
 * Whether the process can serve. Without the event store nothing can be decided, and a projector that has failed must be looked
 * at: both are not ready. Without the read model or the keys refreshing and signing out still work (G14), so that is `degraded`
 * but ready, once each store has answered since the start. An eraser that has failed is shown alone: what is served is right
 * without it.
 */
export async function readiness(options: ReadinessOptions): Promise<Readiness> {
  const [eventStore, readModel, keyStore, lag] = await Promise.all([
    stateOf(options.eventStore),
    stateOf(options.readModel),
    stateOf(options.keyStore),
    projectionLag(options),
  ]);
  const projector = options.projector();
  // A read model that never answered is more likely misconfigured than down for a moment.
  const neverSeen = projector !== null && !projector.seen && readModel !== 'up';
  const ready = eventStore === 'up' && !isBroken(projector) && !neverSeen;
  const view = {
    status: !ready ? 'not_ready' : readModel === 'up' && keyStore === 'up' ? 'ready' : 'degraded',
    event_store: options.hub().state === 'refused' ? 'refused' : eventStore,
    read_model: readModel,
    key_store: keyStore,
    projection: { ...processorView(projector), lag_seconds: lag },
    eraser: processorView(options.eraser()),
    ...observedView(options.observed()),
  };
  return { ready, view };
}

function isBroken(projector: ProcessorStatus | null): boolean {
  return projector?.state === 'failed' || projector?.state === 'refused';
}

function processorView(processor: ProcessorStatus | null): object {
  if (processor === null) return { state: 'elsewhere', checkpoint: null };
  const { state, checkpoint, waitingFor, failure } = processor;
  return {
    state,
    checkpoint,
    ...(waitingFor === undefined ? {} : { waiting_for: waitingFor }),
    ...(failure === undefined ? {} : { failure: failureView(failure) }),
  };
}

function observedView({ logCuts, refused }: Observed): object {
  return {
    ...(logCuts.length === 0 ? {} : { log_cut: logCuts }),
    ...(refused.length === 0 ? {} : { refused_events: refused }),
  };
}

function failureView(failure: NonNullable<ProcessorStatus['failure']>): object {
  if (!('eventId' in failure)) return { reason: failure.reason };
  const { eventId, type, stream, position, reason } = failure;
  return { event_id: eventId, type, stream, position, reason };
}

/** Whether a store answers. Never rejects. */
export async function isUp(store: { ping(): Promise<void> }): Promise<boolean> {
  return (await stateOf(store)) === 'up';
}

/** Waiting helps against a store that is down; against one that refuses us an operator does. */
async function stateOf(store: { ping(): Promise<void> }): Promise<'up' | 'down' | 'refused'> {
  try {
    await store.ping();
    return 'up';
  } catch (error) {
    return isRefusal(error) ? 'refused' : 'down';
  }
}
