/**
 * `npm run bench [-- ROW…]`: each row measures something beside a floor or a peer in the same run. Servers are on one processor and
 * the load on another. Prints a table, writes a JSON file, and ends with 1 if something is not as wanted.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { removeFolders } from './lib/installation.js';
import { conditions } from './lib/machine.js';
import { killAll, LOAD_CORE, programOf, start } from './lib/processes.js';
import { table } from './lib/report.js';
import { age, signOutAll, user } from './rows/flat.js';
import { largeLog } from './rows/large-log.js';
import { disk, idle, lag } from './rows/process.js';
import { rotation } from './rows/rotation.js';
import { refreshDuringSignIns, signIn } from './rows/sign-in.js';
import { storm } from './rows/storm.js';
import { streams } from './rows/streams.js';
import { wide } from './rows/wide.js';
import { wire } from './rows/wire.js';
import { wireLog } from './rows/wire-log.js';

const ROWS = {
  rotation,
  wide,
  'sign-in': signIn,
  'refresh-during-sign-ins': refreshDuringSignIns,
  storm,
  age,
  user,
  'sign-out-all': signOutAll,
  lag,
  'large-log': largeLog,
  streams,
  idle,
  disk,
  wire,
  'wire-log': wireLog,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    events: { type: 'string', default: '1000000' },
    families: { type: 'string', default: '20000' },
    json: { type: 'string', default: 'bench-results.json' },
  },
});
const unknown = positionals.filter((name) => !Object.hasOwn(ROWS, name));
if (unknown.length > 0) {
  process.stderr.write(`No such row: ${unknown.join(', ')}. Rows: ${Object.keys(ROWS).join(', ')}\n`);
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : Object.keys(ROWS);

const measured = { conditions: conditions(), options: values, rows: {} };
const results = [];
try {
  const load = start(programOf('load/load.js'), { core: LOAD_CORE });
  const options = {
    load,
    rounds: Number(values.rounds),
    milliseconds: Number(values.seconds) * 1000,
    events: Number(values.events),
    families: Number(values.families),
  };
  for (const name of chosen) {
    process.stderr.write(`${name}\n`);
    const row = await ROWS[name](options);
    measured.rows[name] = row;
    results.push(...row.results);
  }
  await load.stop();
} finally {
  killAll();
  removeFolders();
}
const { processor, processors, node, commit, fdatasync_ms: flush, load_before: load } = measured.conditions;
console.log(`\n${processor}, ${processors} processors, Node ${node}, commit ${commit}`);
console.log(
  `a flush to the disk ${flush} ms, load of the machine before ${load.toFixed(1)}, ${values.rounds} rounds each\n`,
);
console.log(table(results));
writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
console.log(`\nall rounds: ${values.json}`);
process.exitCode = results.some(({ met }) => met === false) ? 1 : 0;
