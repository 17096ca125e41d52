/** `npm run seed`: fills an installation with realistic histories, through the real commands at times gone by. */
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { pino } from 'pino';
import { compose, type Application } from '../src/compose.js';
import { readConfig } from '../src/config.js';
import type { Position } from '../src/event-store/position.js';
import { runScript, UsageError } from './run-script.js';
import { Chance } from './seed/chance.js';
import { History } from './seed/history.js';
import { plan, type Plan } from './seed/plan.js';

const USAGE = `npm run seed -- [--users 100] [--devices 3] [--days 14] [--seed 1] [--until <ISO instant>]
  --users     how many users
  --devices   how many devices each of them has
  --days      how long their history is
  --seed      the same number gives the same people, devices, ids and deeds
  --until     when the history ends (default: now)`;

const DAY_MS = 86_400_000;
const LATEST_END = Date.parse('9000-01-01T00:00:00Z');
const SHOWN_CREDENTIALS = 3;

await runScript(USAGE, async () => {
  const { size, seed, until } = options();
  const chance = new Chance(seed);
  const planned = plan(chance, size);
  const clock = { now: until - size.days * DAY_MS };
  const newId = (): string => chance.uuid();
  const log = pino({ level: 'warn' }, pino.destination(2));
  const application = await compose(readConfig(process.env), log, { now: () => clock.now, newId });
  try {
    const history = new History({ commands: application.http.commands, plan: planned, clock, newId });
    await live(application, { planned, history, clock, until });
    report(planned, history);
  } finally {
    await application.close();
  }
  return 0;
});

interface Lived {
  readonly planned: Plan;
  readonly history: History;
  readonly clock: { now: number };
  readonly until: number;
}

/** Lets the steps happen one after another, each at its time, and a sweep at the end of each day. */
async function live(application: Application, { planned, history, clock, until }: Lived): Promise<void> {
  application.projector.start();
  const bar = new SingleBar({ format: '{bar} {percentage}% | {value}/{total} steps', hideCursor: true });
  bar.start(planned.steps.length, 0);
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
    bar.increment();
  }
  clock.now = Math.max(clock.now, until);
  await sweep(application, history.position);
  bar.stop();
}

/** The sweep finds what has expired in the read model: so that must have caught up. */
async function sweep({ scheduler, http }: Application, position: Position | null): Promise<void> {
  if (position !== null) await http.queries.waitFor(position, DAY_MS);
  await scheduler.run();
}

function report({ people }: Plan, { tally }: History): void {
  for (const [what, times] of [...tally].sort()) console.log(`${String(times).padStart(8)}  ${what}`);
  console.log('\nSign in as, for example:');
  for (const { email, password } of people.slice(0, SHOWN_CREDENTIALS)) console.log(`  ${email}  ${password}`);
}

function options(): { size: { users: number; devices: number; days: number }; seed: number; until: number } {
  const text = (fallback: string): { type: 'string'; default: string } => ({ type: 'string', default: fallback });
  const { values } = parseArgs({
    options: {
      users: text('100'),
      devices: text('3'),
      days: text('14'),
      seed: text('1'),
      until: text(new Date().toISOString()),
    },
  });
  const whole = (name: 'users' | 'devices' | 'days' | 'seed', most: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new UsageError(`--${name} must be from 1 to ${most}`);
    return value;
  };
  const size = { users: whole('users', 100_000), devices: whole('devices', 100), days: whole('days', 3_650) };
  const until = Date.parse(values.until);
  // Not before clocks of computers begin, nor so late that a date cannot be written any more.
  if (!(until - size.days * DAY_MS >= 0 && until <= LATEST_END))
    throw new UsageError('--until must be an ISO instant from 1970 on');
  return { size, seed: whole('seed', 2 ** 31 - 1), until };
}
