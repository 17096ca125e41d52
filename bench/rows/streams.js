import { judged } from '../lib/report.js';
import { COMMANDS, readSound, seededLog } from '../lib/whole-log.js';

const STREAMS_A_USER = 3;
// How late garbage is collected differs from run to run by some 30 MB, so the least of some counts.
const RUNS = 3;

/**
 * What a stream more costs those who read the whole log: the most memory they take over a log of `events` streams with one event each and
 * over half as many, so that what is asked for is far more than what single runs differ by.
 */
export async function streams({ events }) {
  const users = Math.ceil(events / STREAMS_A_USER);
  const logOf = (count) => seededLog('streams', { users: count, devices: 1 });
  const fewUsers = Math.ceil(users / 2);
  const [many, few] = [await logOf(users), await logOf(fewUsers)];
  const results = [];
  const rounds = {};
  for (const name of Object.keys(COMMANDS)) {
    const [large, small] = [await peaksOf(many.env, name), await peaksOf(few.env, name)];
    const bytes = (Math.min(...large) - Math.min(...small)) / ((users - fewUsers) * STREAMS_A_USER);
    const what = `${name}: memory of a stream more, of ${users * STREAMS_A_USER}`;
    results.push(judged({ what, value: Math.max(0, bytes), unit: 'bytes', atMost: 100 }));
    rounds[name] = { large, small };
  }
  return { results, rounds };
}

async function peaksOf(env, name) {
  const peaks = [];
  for (let run = 0; run < RUNS; run += 1) peaks.push((await readSound(env, name)).peakBytes);
  return peaks;
}
