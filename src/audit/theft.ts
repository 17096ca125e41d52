import { accountOf, revokedAt } from '../domain/account/state.js';
import { isoOf, type Instant } from '../domain/instant.js';
import { userStream } from '../domain/streams.js';
import { hasExpired } from '../domain/token-family/policy.js';
import type { UserAuditContext } from './context.js';
import { suspectStreams, suspectStreamsOf } from './device-streams.js';
import { tracedFamilies, type TracedFamily } from './families.js';
import { holdersOf, type Holder } from './holders.js';
import { eventsOf } from './stream-events.js';
import { verdictOf, type TheftLabel } from './theft-label.js';

/** A session that two may have held. Instants in ISO 8601. */
export interface Theft {
  readonly user_id: string;
  readonly session_id: string;
  readonly detected_at: string;
  /** The generation whose token was shown a second time. */
  readonly generation: number;
  readonly label: TheftLabel;
  readonly holders: readonly Holder[];
  /** From when on a thief can have acted: that token was issued then. Null unless it was stolen. */
  readonly exposed_from: string | null;
  /** Until when: the session ended then. Null unless it was stolen, and while the session goes on. */
  readonly exposed_to: string | null;
}

/** The sessions of a user, or (null) of all users, that hold a trace of theft: by device, oldest first. */
export async function* theftsOf(context: UserAuditContext, userId: string | null): AsyncGenerator<Theft, void, undefined> {
  const streams = await (userId === null ? suspectStreams(context) : suspectStreamsOf(context, userId));
  for (const stream of streams)
    for (const traced of await tracedFamilies(context, stream)) yield await theftOf(context, traced);
}

async function theftOf(context: UserAuditContext, traced: TracedFamily): Promise<Theft> {
  const verdict = verdictOf(traced);
  const { label, detectedAt, generation } = verdict;
  const isStolen = label === 'stolen';
  const exposedTo = isStolen ? await endOf(context, traced) : null;
  return {
    user_id: traced.userId,
    session_id: traced.sid,
    detected_at: isoOf(detectedAt),
    generation,
    label,
    holders: holdersOf(traced, verdict),
    exposed_from: isStolen ? isoOf(exposedFrom(traced, generation)) : null,
    exposed_to: exposedTo === null ? null : isoOf(exposedTo),
  };
}

/** When the first token that two have held was issued. */
function exposedFrom({ steps, family }: TracedFamily, generation: number): Instant {
  const contested = steps.flatMap(({ event: { type, data } }) =>
    type === 'TokenRedelivered' && data.contested ? [data.family.generation - 1] : [],
  );
  const first = Math.min(generation, ...contested);
  const issued = steps.find(({ event: { type, data } }) => {
    return (type === 'TokenIssued' || type === 'TokenRotated') && data.family.generation === first;
  });
  return issued?.occurredAt ?? family.familyIssuedAt;
}

/** When the family ended, by its own stream, by its user's, or by its expiry; null while it lives. */
async function endOf(context: UserAuditContext, { userId, family, steps }: TracedFamily): Promise<Instant | null> {
  const ended = steps.findLast(({ event: { type } }) => type === 'TokenRevoked' || type === 'TokenExpired');
  if (ended !== undefined) return ended.event.type === 'TokenExpired' ? ended.event.data.expiredAt : ended.occurredAt;
  const accounts = [];
  for await (const { event, occurredAt } of eventsOf(context.eventLog, userStream(userId)))
    accounts.push({ account: accountOf(event), occurredAt });
  const byUser = revokedAt(family, accounts);
  if (byUser !== null && !hasExpired(family, byUser)) return byUser;
  return hasExpired(family, context.now()) ? family.idleExpiresAt : null;
}
