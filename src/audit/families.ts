import type { Instant } from '../domain/instant.js';
import type { FamilyEvent } from '../domain/token-family/events.js';
import type { FamilySnapshot } from '../domain/token-family/snapshot.js';
import type { LogEvent } from '../event-store/event-log.js';
import type { UserAuditContext } from './context.js';
import { isTrace, type DeviceStream } from './device-streams.js';
import { openedClient, UNKNOWN_CLIENT, type AuditedClient } from './personal.js';
import { eventsOf, inParts } from './stream-events.js';

/** An event of a token family with who caused it. */
export interface FamilyStep {
  readonly event: FamilyEvent;
  readonly occurredAt: Instant;
  readonly client: AuditedClient;
}

/** One token family that holds a trace of theft: what happened in it, oldest first, never empty. */
export interface TracedFamily {
  readonly userId: string;
  readonly sid: string;
  /** As it was at its newest event. */
  readonly family: FamilySnapshot;
  readonly steps: readonly FamilyStep[];
}

/** The families of a device's stream that hold a trace of theft, oldest first. */
export async function tracedFamilies(context: UserAuditContext, stream: DeviceStream): Promise<readonly TracedFamily[]> {
  const found: TracedFamily[] = [];
  let events: LogEvent<'token'>[] = [];
  const close = async (): Promise<void> => {
    const newest = events.at(-1);
    if (newest === undefined || !events.some(({ event }) => isTrace(event))) return;
    const { family } = newest.event.data;
    found.push({ userId: stream.userId, sid: family.sid, family, steps: await stepsOf(context, stream.userId, events) });
  };
  for await (const event of eventsOf(context.eventLog, stream)) {
    if (event.event.type === 'TokenIssued') {
      await close();
      events = [];
    }
    events.push(event);
  }
  await close();
  return found;
}

function stepsOf(
  context: UserAuditContext,
  userId: string,
  events: readonly LogEvent<'token'>[],
): Promise<readonly FamilyStep[]> {
  return inParts(events, async ({ event, occurredAt }) => {
    const sealed = 'client' in event.data ? event.data.client : null;
    const client = sealed === null ? UNKNOWN_CLIENT : await openedClient(context, userId, sealed);
    return { event, occurredAt, client };
  });
}
