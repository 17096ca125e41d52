import { environmentOf, newFolder, seeded } from '../lib/installation.js';
import { readThrough } from '../lib/reading.js';
import { judged } from '../lib/report.js';
import { COMMANDS, readSound } from '../lib/whole-log.js';

const STREAMS_A_USER = 3;
// How late garbage is collected differs from run to run by some 30 MB, so the least of some counts.
const RUNS = 3;

/**
 * What a stream more costs those who read the whole log: the most memory they take over a log of `events` streams with one event each and
 * over half as many, so that what is asked for is far more than what single runs differ by.
 */
export async function streams({ events }) {
  const users = Math.ceil(events / STREAMS_A_USER);
  const [many, few] = [await logOf(users), await logOf(Math.ceil(users / 2))];
  const results = [];
  const rounds = {};
  for (const name of Object.keys(COMMANDS)) {
    const [large, small] = [await peaksOf(many.env, name), await peaksOf(few.env, name)];
    const bytes = (Math.min(...large) - Math.min(...small)) / (many.streams - few.streams);
    const what = `${name}: memory of a stream more, of ${many.streams}`;
    results.push(judged({ what, value: Math.max(0, bytes), unit: 'bytes', atMost: 100 }));
    rounds[name] = { large, small };
  }
  return { results, rounds };
}

async function logOf(users) {
  const folder = newFolder('streams');
  const [{ seconds }] = await seeded(folder, { users, devices: 1 });
  process.stderr.write(`  ${users} users seeded in ${Math.round(seconds)} s\n`);
  const env = environmentOf(folder);
  // The first one makes the read model; later ones compare it with another one.
  await readThrough(env, 'rebuild');
  return { env, streams: users * STREAMS_A_USER };
}

async function peaksOf(env, name) {
  const peaks = [];
  for (let run = 0; run < RUNS; run += 1) peaks.push((await readSound(env, name)).peakBytes);
  return peaks;
}
