import type { Lifetimes } from '../domain/token-family/policy.js';
import type { UserAuditContext } from './context.js';
import { destroyedStreamsOf } from './destroyed-streams.js';
import { findUser } from './find-user.js';
import { stateAt, type AuditedState, type Moment } from './state.js';
import { theftsOf, type Theft } from './theft.js';
import { timelineOf, type TimelineEntry, type TimelineRange } from './timeline.js';
import { whatIf, type WhatIf } from './what-if.js';

/** What auditors ask about users, answered from the log. All reject as the stores do, and with `RefusedEventError`. */
export class UserAudit {
  readonly #context: UserAuditContext;

  constructor(context: UserAuditContext) {
    this.#context = context;
  }

  /** See `findUser`. */
  find(text: string): Promise<string | null> {
    return findUser(this.#context, text);
  }

  /** See `timelineOf`. */
  timeline(userId: string, range?: TimelineRange): AsyncGenerator<TimelineEntry, void, undefined> {
    return timelineOf(this.#context, userId, range);
  }

  /** See `stateAt`. */
  async state(userId: string, moment: Moment): Promise<AuditedState> {
    const state = await stateAt(this.#context, userId, moment);
    const destroyed = await this.destroyedStreams(userId);
    return destroyed.length === 0 ? state : { ...state, destroyed_streams: destroyed };
  }

  /** See `destroyedStreamsOf`. */
  destroyedStreams(userId: string): Promise<readonly string[]> {
    return destroyedStreamsOf(this.#context, userId);
  }

  /** The thefts of one user, oldest first. */
  async theftsOf(userId: string): Promise<readonly Theft[]> {
    const found: Theft[] = [];
    for await (const theft of theftsOf(this.#context, userId)) found.push(theft);
    return found.sort((a, b) => (a.detected_at < b.detected_at ? -1 : 1));
  }

  /** The thefts of all users, by user and device. */
  thefts(): AsyncGenerator<Theft, void, undefined> {
    return theftsOf(this.#context, null);
  }

  /** See `whatIf`. */
  whatIf(change: Partial<Lifetimes>): AsyncGenerator<WhatIf, void, undefined> {
    return whatIf(this.#context, change);
  }
}
