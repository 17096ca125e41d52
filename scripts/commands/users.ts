import { parseArgs } from 'node:util';
import { ROLES } from '../../src/domain/account/snapshot.js';
import type { ErasureReport } from '../../src/operator/erasure-report.js';
import type { ListedKey } from '../../src/operator/key-actions.js';
import { MAX_REASON_CHARACTERS } from '../../src/operator/reason-limit.js';
import type { ChangedUser } from '../../src/operator/user-actions.js';
import type { Command, CommandContext } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';
import { noMore } from '../cli/no-more.js';
import { table } from '../cli/output.js';

const usage = `npx tokenledger users list                          lists all users
npx tokenledger users find|show EMAIL|ID            shows one user
npx tokenledger users sessions EMAIL|ID             lists the active sessions of a user
npx tokenledger users sign-out EMAIL|ID [--session SID]
                                                    ends all sessions of a user, or one
npx tokenledger users disable|enable EMAIL|ID [--reason TEXT]
npx tokenledger users erase EMAIL|ID --yes          erases a user for good; asked again with the id, says whether it is final
npx tokenledger users grant|revoke EMAIL|ID ROLE    ROLE is ${ROLES.join(', ')}
npx tokenledger users reset-password EMAIL|ID       sends the user a code to choose a new password
Each change is an event whose actor is operator:<your name on this machine>.`;

interface User {
  readonly user_id: string;
  readonly email: string | null;
  readonly email_verified: boolean;
  readonly name: string | null;
  readonly status: string;
  readonly roles: readonly string[];
  readonly created_at: string;
  readonly active_sessions: number;
}

interface Session {
  readonly session_id: string;
  readonly device_name: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly last_used_at: string;
}

interface Options {
  readonly session?: string;
  readonly reason?: string;
  readonly yes: boolean;
}

type Action = (context: CommandContext, args: readonly string[], options: Options) => Promise<number>;

/** Each with the option that it takes, if any. */
const ACTIONS: Readonly<Record<string, { readonly run: Action; readonly takes?: keyof Options }>> = {
  list: { run: list },
  find: { run: show },
  show: { run: show },
  sessions: { run: sessions },
  'sign-out': {
    takes: 'session',
    run: (context, args, { session = null }) =>
      change(
        context,
        one(args),
        'sign-out',
        { session_id: session },
        session === null ? 'all sessions end' : 'the session ends',
      ),
  },
  disable: {
    takes: 'reason',
    run: (context, args, { reason = null }) => change(context, one(args), 'disable', { reason }, 'is disabled'),
  },
  enable: {
    takes: 'reason',
    run: (context, args, { reason = null }) => change(context, one(args), 'enable', { reason }, 'is enabled'),
  },
  erase: { takes: 'yes', run: erase },
  grant: { run: (context, args) => changeRole(context, args, 'grant') },
  revoke: { run: (context, args) => changeRole(context, args, 'revoke') },
  'reset-password': {
    run: (context, args) => change(context, one(args), 'reset-password', {}, 'a code is on its way to the user’s address'),
  },
};

export const command: Command = {
  usage,
  run: async (context) => {
    const { values, positionals } = parseArgs({
      args: [...context.args],
      allowPositionals: true,
      options: { session: { type: 'string' }, reason: { type: 'string' }, yes: { type: 'boolean', default: false } },
    });
    const [name = '', ...args] = positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw new UsageError(name === '' ? 'Say what to do with users.' : `Unknown: users ${name}`);
    for (const option of ['session', 'reason', 'yes'] as const)
      if (option !== action.takes && values[option] !== undefined && values[option] !== false)
        throw new UsageError(`--${option} is not for ${name}`);
    if ((values.reason?.length ?? 0) > MAX_REASON_CHARACTERS)
      throw new UsageError(`--reason may have at most ${MAX_REASON_CHARACTERS} characters.`);
    return action.run(context, args, values);
  },
};

/** The one user that a command names. */
function one(args: readonly string[]): string {
  const [user, ...more] = args;
  if (user === undefined || user === '' || more.length > 0) throw new UsageError('Name one user, by address or id.');
  return user;
}

async function list({ operator, output }: CommandContext, args: readonly string[]): Promise<number> {
  noMore('users list', args);
  const rows: string[][] = [];
  for await (const value of operator.stream('users.list', {})) {
    const user = value as User;
    if (output.json) output.result(user, '');
    else rows.push([user.user_id, user.email ?? '(unreadable)', user.status, user.roles.join(','), user.created_at]);
  }
  if (!output.json) output.words(rows.length === 0 ? 'There are no users.' : table(rows));
  return 0;
}

async function show({ operator, output }: CommandContext, args: readonly string[]): Promise<number> {
  const user = (await operator.ask('users.show', { user: one(args) })) as User;
  const rows = Object.entries(user).map(([name, value]) => [
    name.replaceAll('_', ' '),
    Array.isArray(value) ? value.join(', ') || 'none' : String(value ?? 'none'),
  ]);
  output.result(user, table(rows));
  return 0;
}

async function sessions({ operator, output }: CommandContext, args: readonly string[]): Promise<number> {
  const rows: string[][] = [];
  for await (const value of operator.stream('users.sessions', { user: one(args) })) {
    const session = value as Session;
    const { session_id: id, device_name: device, ip, user_agent: agent, last_used_at: used } = session;
    if (output.json) output.result(session, '');
    else rows.push([id, device ?? '(no name)', ip ?? '?', agent ?? '?', `used ${used}`]);
  }
  if (!output.json) output.words(rows.length === 0 ? 'There are no active sessions.' : table(rows));
  return 0;
}

async function change(
  { operator, output }: CommandContext,
  user: string,
  action: string,
  input: object,
  words: string,
): Promise<number> {
  const answer = (await operator.ask(`users.${action}`, { operator: operator.name(), user, ...input })) as ChangedUser;
  output.result(answer, `${user}: ${answer.changed ? words : 'nothing to change'}`);
  return 0;
}

function changeRole(context: CommandContext, args: readonly string[], action: 'grant' | 'revoke'): Promise<number> {
  const [user, role, ...more] = args;
  if (user === undefined || role === undefined || more.length > 0) throw new UsageError('Name one user and one role.');
  if (!ROLES.some((known) => known === role)) throw new UsageError(`ROLE must be one of ${ROLES.join(', ')}.`);
  return change(context, user, action, { role }, `role ${role} ${action === 'grant' ? 'granted' : 'revoked'}`);
}

async function erase({ operator, output }: CommandContext, args: readonly string[], { yes }: Options): Promise<number> {
  const user = one(args);
  if (!yes) throw new UsageError(`All personal data of ${user} become unreadable for ever. Confirm with --yes.`);
  const report = (await operator.ask('users.erase', { operator: operator.name(), user })) as ErasureReport;
  const { user_id: id, unreadable_since: since, final_on: finalOn } = report;
  const final =
    finalOn === null
      ? `not yet final: ${await whatIsLeft(operator, since)}, then ask again by the id`
      : `final on ${finalOn}, once older backups with a key file are destroyed`;
  output.result(report, `${id}: ${since === null ? 'not yet unreadable' : `unreadable since ${since}`}; ${final}`);
  return 0;
}

/** What keeps an erasure from being final. */
async function whatIsLeft(operator: CommandContext['operator'], since: string | null): Promise<string> {
  if (since === null) return 'wait until the key store answers';
  const { keys } = (await operator.ask('keys.list', {})) as { readonly keys: readonly ListedKey[] };
  const isRewrapDue = keys.some(({ use, made_at: made }) => use === 'master' && Date.parse(made) <= Date.parse(since));
  return isRewrapDue
    ? 'run `keys rewrap`, which replaces the master key that had wrapped the user’s key'
    : 'a backup or another reader holds the file of the users’ keys, which may still hold the key: wait until it has ended';
}
