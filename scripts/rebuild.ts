/** `npm run rebuild`: builds the read model anew from the log, compares it with the live one, then puts it in place. */
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { ProjectionError } from '../projections/event-data.js';
import { rebuild } from '../src/processors/rebuild.js';
import { readConfig } from '../src/config.js';
import { openStores } from '../src/stores.js';
import { RefusedError, runScript } from './run-script.js';

const USAGE = `npm run rebuild [-- --dry-run]
  --dry-run   compare only, and leave the live read model in place
Exits with 1 if documents differed.`;

const SHOWN_DIFFERENCES = 20;

await runScript(USAGE, async () => {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
  const config = readConfig(process.env);
  const stores = await openStores(config);
  const bar = new SingleBar({ format: '{bar} {percentage}% | {events} events', hideCursor: true });
  bar.start(1, 0, { events: 0 });
  try {
    const { events, documents, differences } = await rebuild({
      ...stores,
      retentionMs: config.retentionMs,
      now: Date.now(),
      dryRun: values['dry-run'],
      onProgress: (applied, share) => bar.update(share, { events: applied }),
    });
    bar.update(1, { events });
    bar.stop();
    for (const { collection, id } of differences.slice(0, SHOWN_DIFFERENCES)) console.log(`differs: ${collection} ${id}`);
    const outcome = values['dry-run'] ? 'compared only' : 'the new read model is in place';
    console.log(`${events} events, ${documents} documents, ${differences.length} differences; ${outcome}`);
    return differences.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ProjectionError)) throw error;
    throw new RefusedError(`the live read model stays, for an event cannot be applied: ${error.message}`);
  } finally {
    bar.stop();
    await stores.close();
  }
});
