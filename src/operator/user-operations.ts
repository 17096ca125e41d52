import { z } from 'zod';
import { ROLES } from '../domain/account/snapshot.js';
import { actorOf, checked, OperatorName } from './checked-input.js';
import type { OperatorDependencies } from './dependencies.js';
import type { Operation } from './operation.js';
import { MAX_REASON_CHARACTERS } from './reason-limit.js';
import type { UserActions } from './user-actions.js';

const who = z.string().min(1).max(320);
const asked = z.object({ user: who });
const byOperator = asked.extend({ operator: OperatorName });
const withReason = byOperator.extend({ reason: z.string().max(MAX_REASON_CHARACTERS).nullable() });
const withRole = byOperator.extend({ role: z.enum(ROLES) });
const withSession = byOperator.extend({ session_id: z.string().nullable() });

const LIVING = ['active', 'disabled'] as const;

/** What the operator's tool does to users: `users …`. */
export const USER_OPERATIONS: readonly Operation[] = [
  { name: 'users.show', run: async ({ users }, input) => (await users()).show(checked(asked, input).user) },
  { name: 'users.list', run: ({ users }) => lines(users, (actions) => actions.list()) },
  {
    name: 'users.sessions',
    run: ({ users }, input) => {
      const { user } = checked(asked, input);
      return lines(users, (actions) => actions.sessions(user));
    },
  },
  {
    name: 'users.sign-out',
    run: async ({ users }, input) => {
      const { user, operator, session_id: sid } = checked(withSession, input);
      const actions = await users();
      if (sid !== null) return actions.endSession(user, actorOf(operator), sid);
      return actions.change(user, actorOf(operator), { change: (admin, of) => admin.signOut(of), fits: LIVING });
    },
  },
  {
    name: 'users.disable',
    run: async ({ users }, input) => {
      const { user, operator, reason } = checked(withReason, input);
      const change = { change: (admin, of) => admin.disable(of, reason), fits: LIVING } satisfies Change;
      return (await users()).change(user, actorOf(operator), change);
    },
  },
  {
    name: 'users.enable',
    run: async ({ users }, input) => {
      const { user, operator, reason } = checked(withReason, input);
      const change = { change: (admin, of) => admin.enable(of, reason), fits: LIVING } satisfies Change;
      return (await users()).change(user, actorOf(operator), change);
    },
  },
  {
    name: 'users.erase',
    run: async ({ users }, input) => {
      const { user, operator } = checked(byOperator, input);
      return (await users()).erase(user, actorOf(operator));
    },
  },
  ...(['grant', 'revoke'] as const).map((action) => ({
    name: `users.${action}`,
    run: async ({ users }: OperatorDependencies, input: unknown) => {
      const { user, operator, role } = checked(withRole, input);
      const granted = action === 'grant';
      const change = { change: (admin, of) => admin.changeRole(of, { role, granted }), fits: LIVING } satisfies Change;
      return (await users()).change(user, actorOf(operator), change);
    },
  })),
  {
    name: 'users.reset-password',
    run: async ({ users }, input) => {
      const { user, operator } = checked(byOperator, input);
      const change = { change: (admin, of) => admin.startPasswordReset(of), fits: ['active'] } satisfies Change;
      return (await users()).change(user, actorOf(operator), change);
    },
  },
];

type Change = Parameters<UserActions['change']>[2];

async function* lines(
  users: OperatorDependencies['users'],
  of: (actions: UserActions) => AsyncIterable<object>,
): AsyncGenerator<object, void, undefined> {
  yield* of(await users());
}
