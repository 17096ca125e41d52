import { StoreUnavailableError } from '../domain/unavailable.js';
import { RefusedEventError } from '../event-store/event-log.js';
import { ForeignPositionError, StoreRefusedError } from '../event-store/errors.js';
import type { Position } from '../event-store/position.js';
import { AlteredDocumentError } from '../read-model/intact-documents.js';
import type { HubStatus } from './hub-status.js';
import { RebuildNeededError, UnappliedEventError, type UnappliedEvent } from './processor.js';

/**
 * - `starting`: its stores have not answered since the start.
 * - `running`: following the log, or catching up with it.
 * - `waiting`: a store does not answer; trying again.
 * - `refused`: a store refuses us, an operator must act; trying again, slowly.
 * - `failed`: an event was refused or could not be handled, the log is another one, a document was altered, or there is a defect; nothing is done past
 *   it. Looked at again, slowly, in case that an operator has put it right.
 * - `elsewhere`: another instance does the work.
 * - `stopped`: not started, or stopped.
 */
export type ProcessorState = 'starting' | 'running' | 'waiting' | 'refused' | 'failed' | 'elsewhere' | 'stopped';

/** Why a processor has stopped: the event, or, when there is none, the reason alone. Nothing personal. */
export type ProcessorFailure = UnappliedEvent | { readonly reason: string };

export interface ProcessorStatus {
  readonly state: ProcessorState;
  /** Up to where it has handled the log, or found it handled; null if it does not know of any. */
  readonly checkpoint: Position | null;
  /** Only while `failed` or `refused`. */
  readonly failure?: ProcessorFailure;
  /** Only while `waiting` or `refused`: the store. */
  readonly waitingFor?: StoreUnavailableError['store'];
  /** Whether all its stores have answered since it was started. */
  readonly seen: boolean;
}

const NOT_THE_LOG =
  'the log is not the one that this was made of, or was restored to an earlier moment: run `npm run rebuild`';

/** Whether a store answered that it refuses us. MongoDB's refusals come as unavailable, with the refusal as their cause. */
export function isRefusal(error: unknown): boolean {
  return error instanceof StoreRefusedError || (error instanceof Error && error.cause instanceof StoreRefusedError);
}

/** What an error makes of a processor's state. */
export function stateAfter(error: unknown): Pick<ProcessorStatus, 'state' | 'failure' | 'waitingFor'> {
  if (isRefusal(error)) {
    const waitingFor = error instanceof StoreUnavailableError ? error.store : 'event store';
    return { state: 'refused', waitingFor, failure: { reason: (error as Error).message } };
  }
  // Only a rebuild helps.
  if (error instanceof StoreUnavailableError && !(error instanceof AlteredDocumentError))
    return { state: 'waiting', waitingFor: error.store };
  return { state: 'failed', failure: failureOf(error) };
}

/** The state of a processor that has nothing to say against it, with that of the log that it reads. */
export function withHub(own: ProcessorStatus, hub: HubStatus): ProcessorStatus {
  const seen = own.seen && hub.seen;
  switch (hub.state) {
    case 'connected':
      return { ...own, seen };
    case 'starting':
      return { ...own, state: 'starting', seen };
    case 'waiting':
      return { ...own, state: 'waiting', waitingFor: 'event store', seen };
    case 'refused':
    case 'stopped':
      return { ...own, ...stateAfter(hub.reason), seen };
  }
}

function failureOf(error: unknown): ProcessorFailure {
  if (error instanceof UnappliedEventError) return error.event;
  if (error instanceof RefusedEventError) {
    const { eventId, stream, position, message } = error;
    return { eventId, type: null, stream, position, reason: message };
  }
  if (error instanceof ForeignPositionError) return { reason: NOT_THE_LOG };
  if (error instanceof RebuildNeededError || error instanceof AlteredDocumentError) return { reason: error.message };
  // What another error says may quote data.
  return { reason: `defect: ${error instanceof Error ? error.name : typeof error}` };
}
