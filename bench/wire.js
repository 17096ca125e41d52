/**
 * `npm run bench:wire [-- ROW…]`: rows of the bench over servers (default: those that need them), for a machine that has neither
 * EventStoreDB nor MongoDB: the servers of the tests speak their protocols. That of events runs on the processor of the load.
 */
import { spawn } from 'node:child_process';
import { newFolder, removeFolders } from './lib/installation.js';
import { killAll, LOAD_CORE, programOf } from './lib/processes.js';
import { environmentOver, startDocuments, startEvents } from './lib/test-stores.js';

const NEEDING_SERVERS = ['wire', 'wire-log'];

const args = process.argv.slice(2);
const rows = args.some((argument) => !argument.startsWith('-')) ? [] : NEEDING_SERVERS;
const folder = newFolder('wire-stores');
const documents = startDocuments();
try {
  const events = await startEvents({ folder, core: LOAD_CORE });
  const env = environmentOver({ folder, eventsPort: events.port, documentsUrl: documents.url });
  const run = spawn(process.execPath, [programOf('run.js'), ...rows, ...args], {
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  process.exitCode = await new Promise((resolve) => run.once('exit', (code) => resolve(code ?? 1)));
} finally {
  killAll();
  documents.stop();
  removeFolders();
}
