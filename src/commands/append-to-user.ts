import type { AccountEvent } from '../domain/account/events.js';
import type { AccountSnapshot } from '../domain/account/snapshot.js';
import { userStream } from '../domain/streams.js';
import type { Cause } from '../event-store/event-log.js';
import { loadAccount } from '../event-store/load.js';
import type { Position } from '../event-store/position.js';
import type { CommandContext } from './context.js';
import { recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';

/** What was decided about an account; no events: there is nothing to change. */
export interface AccountDecision {
  readonly events: readonly AccountEvent[];
  /** The id of the first event, where the decision named it itself. */
  readonly eventId?: string;
}

export type AppendedToUser =
  | { readonly outcome: 'appended' | 'unchanged'; readonly account: AccountSnapshot; readonly position: Position }
  | { readonly outcome: 'not_found' };

/** Loads an account, decides and appends at its revision; again when somebody else was first. */
export function appendToUser(
  context: Pick<CommandContext, 'eventLog' | 'alarms' | 'now' | 'newEventId'>,
  userId: string,
  cause: Cause,
  decide: (account: AccountSnapshot, now: number) => AccountDecision | Promise<AccountDecision>,
): Promise<AppendedToUser> {
  return retryOnConflict(async () => {
    const loaded = await loadAccount(context, userId);
    if (loaded === null || loaded.account.status === 'abandoned') return { outcome: 'not_found' };
    const now = context.now();
    const { events, eventId } = await decide(loaded.account, now);
    const last = events.at(-1);
    if (last === undefined) return { outcome: 'unchanged', account: loaded.account, position: loaded.position };
    const recorded = recording(context, events, { ...cause, now, ids: [eventId] });
    const { position } = await context.eventLog.append(userStream(userId), recorded, loaded.revision);
    return { outcome: 'appended', account: last.data.account, position };
  });
}
