import { newFolder, refreshTarget, registered, signedIn, startOurs } from '../lib/installation.js';
import { programOf, SERVER_CORE, start } from '../lib/processes.js';
import { chains, race } from '../lib/race.js';
import { compared } from '../lib/report.js';

const AT_ONCE = [16, 64];
const NEEDED = ['EVENTSTORE_URL', 'MONGODB_URL', 'KEYS_FILE'];

/** Rotation over the servers that the environment names, against the bare client that reads one event and appends one. */
export async function wire({ load, rounds, milliseconds }) {
  const missing = NEEDED.filter((name) => !process.env[name]);
  const what = 'rotation with EventStoreDB and MongoDB';
  if (missing.length > 0)
    return { results: [{ what, wanted: '≥ 0.6', skipped: `needs ${missing.join(', ')}` }], rounds: {} };
  const env = Object.fromEntries(NEEDED.map((name) => [name, process.env[name]]));
  const ours = await startOurs(newFolder('wire'), { env: { ...env, STREAM_PREFIX: `bench${process.pid}_` } });
  const bare = start(programOf('servers/bare-eventstore.js'), { core: SERVER_CORE, env });
  const credentials = await registered(ours, 'bench@example.com');
  const results = [];
  const all = {};
  for (const atOnce of AT_ONCE) {
    const tokens = (await signedIn(ours, credentials, atOnce)).map((pair) => pair.refresh_token);
    const contenders = {
      ours: chains(load, refreshTarget(ours), tokens, { milliseconds }),
      bare: async () => (await bare.ask({ atOnce, milliseconds })).rate,
    };
    const { medians, rounds: measured } = await race(contenders, { rounds });
    const figure = { what: `${what}, ${atOnce} at once`, value: medians.ours, unit: 'rotations/s' };
    results.push(compared({ ...figure, beside: 'bare client', besideValue: medians.bare, atLeast: 0.6 }));
    all[atOnce] = measured;
  }
  await ours.stop();
  await bare.stop();
  return { results, rounds: all };
}
