/**
 * `npm run bench:wire [-- ROW]`: the rows of the bench that need servers, or the one of them that is named, for a machine that has neither
 * EventStoreDB nor MongoDB: the servers of the tests speak their protocols. That of events runs on the processor of the load.
 */
import { LOAD_CORE } from './lib/processes.js';
import { runOver, startEvents, withDocuments } from './lib/test-stores.js';

const NEEDING_SERVERS = ['wire', 'wire-log'];

// The tests' server of documents finds a page by looking through all of them: ten times as many would take a hundred times as long.
const EVENTS = ['--events', '100000'];

const args = process.argv.slice(2);
const rows = NEEDING_SERVERS.some((row) => args.includes(row)) ? [] : NEEDING_SERVERS;
process.exitCode = await withDocuments(async ({ folder, documentsPort }) => {
  const { port } = await startEvents({ folder, core: LOAD_CORE });
  return runOver({ folder, eventsPort: port, documentsPort }, 'run.js', [...rows, ...EVENTS, ...args]);
});
