import { accountOf } from '../domain/account/state.js';
import type { AccountSnapshot } from '../domain/account/snapshot.js';
import { isoOf } from '../domain/instant.js';
import { userStream } from '../domain/streams.js';
import type { Lifetimes } from '../domain/token-family/policy.js';
import type { LogEvent } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import type { UserAuditContext } from './context.js';
import { allDeviceStreams, type DeviceStream } from './device-streams.js';
import { openedClient } from './personal.js';
import { FamilyReplay } from './replay.js';
import { eventsOf } from './stream-events.js';

/** A refresh that would have been answered otherwise. `at` is ISO 8601. */
export interface WhatIf {
  readonly user_id: string;
  readonly session_id: string;
  readonly at: string;
  /** The generation of the token that was shown. */
  readonly generation: number;
  /** `rotated`, `redelivered`, `contested` or `reused`. */
  readonly was: string;
  /** One of these, or why it would have been refused: `expired`, `reused`, `revoked`, `invalid`, `invalid_proof`. */
  readonly would_be: string;
}

/**
 * The refreshes in the log that another policy would have answered otherwise, by device, oldest first. What is not given is as it
 * is now. The rotation limit is left out: what it refused is not in the log.
 */
export async function* whatIf(
  context: UserAuditContext,
  change: Partial<Lifetimes>,
): AsyncGenerator<WhatIf, void, undefined> {
  const policy = { lifetimes: { ...context.policy.lifetimes, ...change }, rotationsPerHour: 0 };
  let accounts: Accounts | null = null;
  for (const stream of await allDeviceStreams(context)) {
    // Streams of one user stand side by side.
    if (accounts?.userId !== stream.userId) accounts = await Accounts.read(context, stream.userId);
    yield* whatIfOn(context, stream, accounts, policy);
  }
}

async function* whatIfOn(
  context: UserAuditContext,
  stream: DeviceStream,
  accounts: Accounts,
  policy: ConstructorParameters<typeof FamilyReplay>[1],
): AsyncGenerator<WhatIf, void, undefined> {
  let replay: FamilyReplay | null = null;
  for await (const { event, revision, occurredAt, position } of eventsOf(context.eventLog, stream)) {
    const account = accounts.at(position, event.data.family.epoch);
    if (account === null) continue;
    const client = await openedClient(context, stream.userId, 'client' in event.data ? event.data.client : null);
    const replayed = { event, revision, occurredAt, client, account };
    if (event.type === 'TokenIssued') {
      replay = new FamilyReplay(replayed, policy);
      continue;
    }
    const other = replay?.take(replayed) ?? null;
    if (other === null) continue;
    const { at, generation, was, wouldBe } = other;
    const { sid } = event.data.family;
    yield { user_id: stream.userId, session_id: sid, at: isoOf(at), generation, was, would_be: wouldBe };
  }
}

/** A user's account at each position of the log. */
class Accounts {
  readonly userId: string;
  readonly #events: readonly LogEvent<'user'>[];

  private constructor(userId: string, events: readonly LogEvent<'user'>[]) {
    this.userId = userId;
    this.#events = events;
  }

  static async read({ eventLog }: UserAuditContext, userId: string): Promise<Accounts> {
    const events: LogEvent<'user'>[] = [];
    for await (const event of eventsOf(eventLog, userStream(userId))) events.push(event);
    return new Accounts(userId, events);
  }

  /**
   * As it was when an event was decided that stands at a position and says an epoch: a revocation that stands between the decision
   * and the event was not known to it. Null before the registration.
   */
  at(position: Position, epoch: number): AccountSnapshot | null {
    const isBefore = (event: LogEvent<'user'>): boolean => event.position < position;
    const newest =
      this.#events.findLast((one) => isBefore(one) && accountOf(one.event).epoch === epoch) ??
      this.#events.findLast(isBefore);
    return newest === undefined ? null : accountOf(newest.event);
  }
}
