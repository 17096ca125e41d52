import { environmentOf, newFolder, seeded } from './installation.js';
import { readThrough } from './reading.js';

const ROTATIONS = 19;
const EVENTS_A_USER = ROTATIONS + 3;

/** The commands that read the whole log, by what they are called in the table. */
export const COMMANDS = { rebuild: ['rebuild', '--check'], verify: ['audit', 'verify'] };

/** How many users have a log of at least so many events, as `logOrder` seeds it. */
export function usersOf(events) {
  return Math.ceil(events / EVENTS_A_USER);
}

/** The order that seeds users who each signed in on one device and refreshed there. */
export function logOrder(users) {
  return { users, devices: 1, rotations: ROTATIONS };
}

/** Seeds a log in a new folder, with its read model, so that what reads it has another one to compare with. Resolves to what was seeded. */
export async function seededLog(name, order) {
  const folder = newFolder(name);
  const [{ events, tokens, seconds }] = await seeded(folder, order);
  process.stderr.write(`  ${events} events appended in ${Math.round(seconds)} s\n`);
  const env = environmentOf(folder);
  await readThrough(env, 'rebuild');
  return { folder, env, events, tokens };
}

/** Reads the log through with one of the commands, which must find nothing. Resolves as `readThrough`. */
export async function readSound(environment, name) {
  const read = await readThrough(environment, ...COMMANDS[name]);
  if (read.report.differences > 0 || read.report.ok === false) throw new Error(`${name} found something`);
  return read;
}
