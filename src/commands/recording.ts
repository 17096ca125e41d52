import type { AccountEvent, EmailClaimed } from '../domain/account/events.js';
import type { Actor } from '../domain/event.js';
import { SCHEMA_VERSION } from '../domain/recorded.js';
import type { FamilyEvent } from '../domain/token-family/events.js';
import type { EventToAppend } from '../event-store/event-store.js';
import { currentInstant, type CommandContext } from './context.js';

/** Who asks for a command, and in which request or run. */
export interface Cause {
  readonly correlationId: string;
  readonly actor: Actor;
}

/** What was decided, as it is appended: with ids, the time, and who caused it. Events of one decision share their causation. */
export function recording(
  context: Pick<CommandContext, 'now' | 'newId'>,
  facts: readonly (FamilyEvent | AccountEvent | EmailClaimed)[],
  { correlationId, actor }: Cause,
): EventToAppend[] {
  const metadata = {
    schemaVersion: SCHEMA_VERSION,
    occurredAt: currentInstant(context),
    correlationId,
    causationId: context.newId(),
    actor,
  };
  return facts.map(({ type, data }) => ({ id: context.newId(), type, data, metadata }));
}
