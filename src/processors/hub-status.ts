import type { LogEvent } from '../event-store/event-log.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { Takes } from './processor.js';

/**
 * - `starting`: the event store has not answered since the start.
 * - `connected`: following the log.
 * - `waiting`: the event store does not answer; trying again.
 * - `refused`: the event store refuses us: an operator must act. Trying again, slowly.
 * - `stopped`: an event of ours is not taken (G15), or this is another log. Trying again, slowly.
 */
export type HubState = 'starting' | 'connected' | 'waiting' | 'refused' | 'stopped';

export interface HubStatus {
  readonly state: HubState;
  /** What led to it; undefined while connected. */
  readonly reason?: unknown;
  /** Whether the event store has answered since the start. */
  readonly seen: boolean;
}

/** Whether the log gives nothing until somebody acts; `reason` then says why. */
export function isRefused({ state }: HubStatus): boolean {
  return state === 'refused' || state === 'stopped';
}

/** Somebody on every instance who wants new events as they come, without checkpoint or lease. */
export interface Follower {
  readonly takes: Takes;
  /** Called with at least one event; must not block. What it throws is reported and does no harm. */
  readonly on: (events: readonly LogEvent[]) => void;
  /**
   * Called before `on` with all events of ours, whatever is taken, as the log stores them, and how far the log was read. Consecutive calls
   * leave nothing out; the first may begin anywhere.
   */
  readonly onStored?: (events: readonly RecordedEvent[], position: Position) => void;
  /** Events may have been missed, since the log was found to be another one: forget what was made of it. */
  readonly onGap?: () => void;
}
