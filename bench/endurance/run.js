/**
 * `npm run endurance -- --minutes N`: many people use one server, which is killed at random moments (SIGKILL); then the whole log is
 * read and compared with what they were answered. Ends with 1 if anything is not as the guarantees say. With EVENTSTORE_URL and
 * MONGODB_URL in the environment it runs over these; `--disturb COMMAND`, also several times, names commands that kill one of them
 * and start it again.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { environmentOf, newFolder, removeFolders } from '../lib/installation.js';
import { killAll } from '../lib/processes.js';
import { readThrough } from '../lib/reading.js';
import { checkForgery, checkLog, checkSecrets } from './check-log.js';
import { PatientClient } from './client.js';
import { Ledger } from './ledger.js';
import { Person } from './person.js';
import { VictimServer } from './server.js';

const WIRE = ['EVENTSTORE_URL', 'MONGODB_URL', 'KEYS_FILE', 'STREAM_PREFIX'];

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    people: { type: 'string', default: '12' },
    disturb: { type: 'string', multiple: true, default: [] },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new RangeError('--minutes must be above 0');

const wire = Object.fromEntries(WIRE.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
const isWire = wire.EVENTSTORE_URL !== undefined;
if (isWire) wire.STREAM_PREFIX ??= `endurance${randomBytes(4).toString('hex')}_`;
const folder = newFolder('endurance');
const ledger = new Ledger();
const victim = new VictimServer(folder, wire, values.disturb);
const client = new PatientClient(victim);

try {
  await victim.start();
  const end = performance.now() + minutes * 60_000;
  const people = Array.from({ length: Number(values.people) }, () => new Person(client, ledger));
  const killing = victim.killUntil(end);
  const living = people.map(async (person) => {
    await person.register();
    while (performance.now() < end) await person.act();
  });
  await Promise.all([killing, ...living]);
  if (!(await victim.settles())) ledger.violation('G18', 'the last erasures are not done two minutes later');
  await victim.stop();
  for (const fault of [...client.faults, ...victim.errors]) ledger.violation('G13', fault);
  const environment = { ...environmentOf(folder), ...wire };
  const counts = await checkLog(environment, ledger);
  checkSecrets(folder, ledger);
  if (!isWire) await checkForgery(folder, environment, ledger);
  const { documents, differences } = (await readThrough(environment, 'rebuild')).report;
  if (differences > 0) ledger.violation('G8', `${differences} documents of the read model differ from the log`);
  const { requests, retries } = client;
  const erasures = ledger.erasures.length;
  const report = { minutes, stores: isWire ? 'servers' : 'embedded', kills: victim.kills, disturbed: victim.disturbed };
  console.log(
    JSON.stringify(
      { ...report, requests, retries, erasures, ...counts, documents, violations: ledger.violations },
      null,
      2,
    ),
  );
} catch (error) {
  // Otherwise nobody could say why there was no service.
  process.stderr.write(`${victim.lastWords.join('\n')}\n`);
  throw error;
} finally {
  killAll();
  removeFolders();
}
process.exitCode = ledger.violations.length === 0 ? 0 : 1;
