import { environmentOf, newFolder, seededIn } from '../lib/installation.js';
import { readThrough } from '../lib/reading.js';
import { judged } from '../lib/report.js';
import { COMMANDS, logOrder, readSound, usersOf } from '../lib/whole-log.js';

const NEEDED = ['EVENTSTORE_URL', 'MONGODB_URL', 'KEYS_FILE'];
const WANTED = 15_000;

/** Rebuild with comparison and `audit verify` of a log of many events, in the EventStoreDB and MongoDB that the environment names. */
export async function wireLog({ events: wanted }) {
  const missing = NEEDED.filter((name) => !process.env[name]);
  const of = (name) => `${name} with EventStoreDB`;
  if (missing.length > 0) {
    const skipped = `needs ${missing.join(', ')}`;
    const results = Object.keys(COMMANDS).map((name) => ({ what: of(name), wanted: `≥ ${WANTED}`, skipped }));
    return { results, rounds: {} };
  }
  const named = Object.fromEntries(NEEDED.map((name) => [name, process.env[name]]));
  const env = { ...environmentOf(newFolder('wire-log')), ...named, STREAM_PREFIX: `bench${process.pid}_` };
  const [{ events, seconds }] = await seededIn(env, logOrder(usersOf(wanted)));
  process.stderr.write(`  ${events} events appended in ${Math.round(seconds)} s\n`);
  // The first one makes the read model; later ones compare it with another one.
  await readThrough(env, 'rebuild');
  const results = [];
  for (const name of Object.keys(COMMANDS)) {
    const read = await readSound(env, name);
    results.push(
      judged({ what: `${of(name)}, ${events} events`, value: read.rate, unit: 'events/s', atLeast: WANTED }),
      { what: '  its processor time', value: read.cpuMicroseconds, unit: 'µs an event' },
      { what: '  its memory', value: read.peakBytes / 1e6, unit: 'MB' },
    );
  }
  return { results, rounds: {} };
}
