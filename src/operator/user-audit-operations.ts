import { z } from 'zod';
import { UnknownPositionError } from '../audit/context.js';
import type { AuditedState, Moment } from '../audit/state.js';
import type { TimelineEntry, TimelineRange } from '../audit/timeline.js';
import type { UserAudit } from '../audit/user-audit.js';
import { checked } from './checked-input.js';
import { OperatorInputError, OperatorRefusedError } from './errors.js';
import type { Operation } from './operation.js';

const LATEST = 8.64e15;

const who = z.string().min(1).max(320);
const instant = z.number().int().min(-LATEST).max(LATEST);
const timelineInput = z.object({ user: who, from: instant.nullable(), to: instant.nullable() });
const stateInput = z.object({ user: who, at: instant.nullable(), position: z.string().min(1).max(256).nullable() });
const theftInput = z.object({ user: who.nullable() });
const milliseconds = z.number().min(0).max(LATEST).nullable();
const whatIfInput = z.object({ grace_ms: milliseconds, idle_ms: milliseconds, absolute_ms: milliseconds });

/** What the auditors' tool asks about users: `audit timeline`, `state`, `theft` and `what-if`. None of them changes anything. */
export const USER_AUDIT_OPERATIONS: readonly Operation[] = [
  {
    name: 'audit.timeline',
    run: ({ userAudit }, input) => {
      const { user, from, to } = checked(timelineInput, input);
      const range = { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) };
      return lines(userAudit, async (audit) => timelineLines(audit, await userOf(audit, user), range));
    },
  },
  {
    name: 'audit.state',
    run: async ({ userAudit }, input) => {
      const { user, at, position } = checked(stateInput, input);
      const audit = await userAudit();
      return stateOf(audit, await userOf(audit, user), momentOf(at, position));
    },
  },
  {
    name: 'audit.theft',
    run: ({ userAudit }, input) => {
      const { user } = checked(theftInput, input);
      return lines(userAudit, async (audit) =>
        user === null ? audit.thefts() : audit.theftsOf(await userOf(audit, user)),
      );
    },
  },
  {
    name: 'audit.what-if',
    run: ({ userAudit }, input) => {
      const { grace_ms: graceMs, idle_ms: idleMs, absolute_ms: absoluteMs } = checked(whatIfInput, input);
      const change = {
        ...(graceMs === null ? {} : { graceMs }),
        ...(idleMs === null ? {} : { idleMs }),
        ...(absoluteMs === null ? {} : { absoluteMs }),
      };
      return lines(userAudit, (audit) => Promise.resolve(audit.whatIf(change)));
    },
  },
];

/** Before the timeline, if there are any: which streams of the user were destroyed at the store. */
export interface DestroyedStreamsLine {
  readonly destroyed_streams: readonly string[];
}

async function* timelineLines(
  audit: UserAudit,
  userId: string,
  range: TimelineRange,
): AsyncGenerator<TimelineEntry | DestroyedStreamsLine, void, undefined> {
  const destroyed = await audit.destroyedStreams(userId);
  if (destroyed.length > 0) yield { destroyed_streams: destroyed };
  yield* audit.timeline(userId, range);
}

async function* lines(
  userAudit: () => Promise<UserAudit>,
  ask: (audit: UserAudit) => Promise<AsyncIterable<object> | Iterable<object>>,
): AsyncGenerator<object, void, undefined> {
  yield* await ask(await userAudit());
}

async function userOf(audit: UserAudit, text: string): Promise<string> {
  const userId = await audit.find(text);
  if (userId === null) throw new OperatorRefusedError(`there is no user ${text}`);
  return userId;
}

function momentOf(at: number | null, position: string | null): Moment {
  if (at !== null && position === null) return { at };
  if (at === null && position !== null) return { position };
  throw new OperatorInputError('a moment is an instant or a position, one of them');
}

async function stateOf(audit: UserAudit, userId: string, moment: Moment): Promise<AuditedState> {
  try {
    return await audit.state(userId, moment);
  } catch (error) {
    if (error instanceof UnknownPositionError) throw new OperatorRefusedError(error.message);
    throw error;
  }
}
