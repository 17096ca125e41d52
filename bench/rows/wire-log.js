import { environmentOf, newFolder, seededIn } from '../lib/installation.js';
import { readThrough } from '../lib/reading.js';
import { judged } from '../lib/report.js';

const ROTATIONS = 19;
const EVENTS_A_USER = ROTATIONS + 3;
const NEEDED = ['EVENTSTORE_URL', 'KEYS_FILE'];
const WHAT = 'verify with EventStoreDB';

/** `audit verify` of a log of many events in the EventStoreDB that the environment names; all else is embedded. */
export async function wireLog({ events: wanted }) {
  const missing = NEEDED.filter((name) => !process.env[name]);
  if (missing.length > 0)
    return { results: [{ what: WHAT, wanted: '≥ 15000', skipped: `needs ${missing.join(', ')}` }], rounds: {} };
  const named = Object.fromEntries(NEEDED.map((name) => [name, process.env[name]]));
  const env = { ...environmentOf(newFolder('wire-log')), ...named, STREAM_PREFIX: `bench${process.pid}_` };
  const order = { users: Math.ceil(wanted / EVENTS_A_USER), devices: 1, rotations: ROTATIONS };
  const [{ events, seconds }] = await seededIn(env, order);
  process.stderr.write(`  ${events} events appended in ${Math.round(seconds)} s\n`);
  const read = await readThrough(env, 'audit', 'verify');
  if (!read.report.ok) throw new Error('verify found something');
  const results = [
    judged({ what: `${WHAT}, ${read.report.events} events`, value: read.rate, unit: 'events/s', atLeast: 15_000 }),
    { what: '  its processor time', value: read.cpuMicroseconds, unit: 'µs an event' },
    { what: '  its memory at most', value: read.peakBytes / 1e6, unit: 'MB' },
  ];
  return { results, rounds: {} };
}
