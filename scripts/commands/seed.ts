import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Application } from '../../src/compose/application.js';
import { authenticate } from '../../src/queries/authenticate.js';
import type { Position } from '../../src/event-store/position.js';
import type { Command } from '../cli/command.js';
import { RefusedError, UsageError } from '../cli/errors.js';
import type { Output } from '../cli/output.js';
import { Chance } from '../seed/chance.js';
import { History } from '../seed/history.js';
import { plan, type Plan } from '../seed/plan.js';
import { instantOf } from './audit-arguments.js';

const usage = `npx tokenledger seed [--users 100] [--devices 3] [--days 14] [--seed 1] [--until INSTANT] [--yes]
Fills an installation with realistic histories, through the real commands at past times. Stop the server first.
  --users     how many users
  --devices   how many devices each of them has
  --days      how long their history is
  --seed      the same number gives the same people, devices, ids and deeds
  --until     when the history ends, in ISO 8601 (default: now)
  --yes       also into a log that is not empty`;

const DAY_MS = 86_400_000;
const LATEST_END = Date.parse('9000-01-01T00:00:00Z');
const SHOWN_CREDENTIALS = 3;

export const command: Command = {
  usage,
  run: async ({ args, operator, output }) => {
    const { size, seed, until, yes } = optionsOf(args);
    const { compose } = await import('../../src/compose.js');
    const chance = new Chance(seed);
    const planned = plan(chance, size);
    const clock = { now: until - size.days * DAY_MS };
    const newId = (): string => chance.uuid();
    const log = pino({ level: 'warn' }, pino.destination(2));
    const application = await compose(operator.config(), log, { now: () => clock.now, newId });
    const history = new History({
      commands: application.http.commands,
      authenticate: async (accessToken) => {
        const result = await authenticate(application.context, accessToken);
        return result.outcome === 'authenticated' ? result : null;
      },
      plan: planned,
      clock,
      newId,
    });
    try {
      if (!yes && (await holdsUsers(application)))
        throw new RefusedError('the log is not empty: confirm with --yes, or name an empty DATA_DIR');
      await live(application, { planned, history, clock, until, output });
    } finally {
      await application.close();
    }
    // Not before the high-water mark covers it.
    report(planned, history, output);
    return 0;
  },
};

interface Lived {
  readonly planned: Plan;
  readonly history: History;
  readonly clock: { now: number };
  readonly until: number;
  readonly output: Output;
}

/** Lets the steps happen one after another, each at its time, and a sweep at the end of each day. */
async function live(application: Application, { planned, history, clock, until, output }: Lived): Promise<void> {
  const { hub, projector } = application.processing;
  hub.start();
  projector.start();
  const bar = output.progress();
  let done = 0;
  const begin = clock.now;
  let sweepAt = begin + DAY_MS;
  for (const step of planned.steps) {
    const at = begin + step.at;
    for (; sweepAt <= at; sweepAt += DAY_MS) {
      clock.now = Math.max(clock.now, sweepAt);
      await sweep(application, history.position);
    }
    clock.now = Math.max(clock.now, at);
    await history.carryOut(step);
    done += 1;
    bar.update(done / planned.steps.length, `${done} steps`);
  }
  clock.now = Math.max(clock.now, until);
  await sweep(application, history.position);
  bar.stop();
}

/** The sweep finds what has expired in the read model: so that must have caught up. */
async function sweep({ processing, context }: Application, position: Position | null): Promise<void> {
  if (position !== null) await context.waitForPosition(position, DAY_MS);
  await processing.scheduler.run();
}

function report({ people }: Plan, { tally, thefts }: History, output: Output): void {
  const deeds = [...tally].sort();
  const credentials = people.slice(0, SHOWN_CREDENTIALS).map(({ email, password }) => ({ email, password }));
  const words = [
    ...deeds.map(([what, times]) => `${String(times).padStart(8)}  ${what}`),
    '\nSign in as, for example:',
    ...credentials.map(({ email, password }) => `  ${email}  ${password}`),
    ...(thefts.length === 0 ? [] : ['\nWhose token was stolen:']),
    ...thefts.map(({ email, device_name, session_id }) => `  ${email}, ${device_name ?? 'no name'}, session ${session_id}`),
  ];
  output.result({ deeds: Object.fromEntries(deeds), credentials, stolen: thefts }, words.join('\n'));
}

/** Whether somebody has used the log: its own first event does not count. */
async function holdsUsers({ context }: Application): Promise<boolean> {
  const { events } = await context.eventLog.readAll({ maxCount: 10 });
  return events.some(({ stream }) => stream.kind !== 'log');
}

interface Options {
  readonly size: { readonly users: number; readonly devices: number; readonly days: number };
  readonly seed: number;
  readonly until: number;
  readonly yes: boolean;
}

function optionsOf(args: readonly string[]): Options {
  const text = (fallback: string): { type: 'string'; default: string } => ({ type: 'string', default: fallback });
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: text('100'),
      devices: text('3'),
      days: text('14'),
      seed: text('1'),
      until: text(new Date().toISOString()),
      yes: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'users' | 'devices' | 'days' | 'seed', most: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new UsageError(`--${name} must be from 1 to ${most}`);
    return value;
  };
  const size = { users: whole('users', 100_000), devices: whole('devices', 100), days: whole('days', 3_650) };
  const until = instantOf('until', values.until) ?? NaN;
  // Not before clocks of computers begin, nor so late that a date cannot be written any more.
  if (!(until - size.days * DAY_MS >= 0 && until <= LATEST_END))
    throw new UsageError('--until must be an ISO instant from 1970 on');
  return { size, seed: whole('seed', 2 ** 31 - 1), until, yes: values.yes };
}
