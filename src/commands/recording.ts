import type { DomainEvent } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { Cause, NewEvent } from '../event-store/event-log.js';
import type { CommandContext } from './context.js';

/** Who caused the events of a command, in which request or run, and when. */
type CauseOfCommand = Omit<Cause, 'traceparent'> & { readonly now: Instant };

/**
 * What was decided, as it is appended: with ids, the time, and who caused it. An event that issues a token has the token's id; `ids`
 * names those of other events that decided their id themselves.
 */
export function recording<E extends DomainEvent>(
  { newEventId }: Pick<CommandContext, 'newEventId'>,
  events: readonly E[],
  { ids = [], now, actor, correlationId }: CauseOfCommand & { readonly ids?: readonly (string | undefined)[] },
): NewEvent<E>[] {
  return events.map((event, index) => ({
    id: ids[index] ?? tokenIdOf(event) ?? newEventId(),
    occurredAt: now,
    event,
    actor,
    correlationId,
  }));
}

function tokenIdOf(event: DomainEvent): string | undefined {
  const issues = event.type === 'TokenIssued' || event.type === 'TokenRotated';
  return issues ? event.data.family.token.jti : undefined;
}

/** The cause of a request's events. */
export function causeOf({ correlationId }: Pick<Cause, 'correlationId'>, actor: Cause['actor']): Cause {
  return { correlationId, actor };
}
