/**
 * A program: projects the log of the stores whose configuration it is given as JSON, and says so each time a batch was applied. It stands
 * still after as many batches as it is given behind the configuration.
 */
import { openStores, type StoresConfig } from '../../src/compose/stores.js';
import { LogHub } from '../../src/processors/log-hub.js';
import { ProcessorRunner } from '../../src/processors/processor-runner.js';
import { Projector } from '../../src/processors/projector.js';
import { openTestLog } from './embedded-stores.js';

const [config = '', most = ''] = process.argv.slice(2);
const { eventStore, readModel } = await openStores(JSON.parse(config) as StoresConfig);
const log = await openTestLog(eventStore);

// Small batches: more places to be killed at.
const smallBatches = {
  end: () => log.end(),
  follow: async function* (options: Parameters<typeof log.follow>[0]) {
    for await (const { events, stored, position } of log.follow(options)) {
      for (let from = 0; from < events.length; from += 3) {
        const some = events.slice(from, from + 3);
        yield {
          events: some,
          stored: stored.slice(from, from + 3),
          position: from + 3 >= events.length ? position : some.at(-1)!.position,
        };
      }
    }
  },
};
let applied = 0;
const speaking = {
  madeBy: () => readModel.madeBy(),
  progress: () => readModel.progress(),
  load: (...keys: Parameters<typeof readModel.load>) => readModel.load(...keys),
  apply: async (batch: Parameters<typeof readModel.apply>[0]) => {
    if (applied === Number(most)) {
      setInterval(() => undefined, 60_000);
      return new Promise<never>(() => undefined);
    }
    applied += 1;
    process.stdout.write('applying\n');
    const version = await readModel.apply(batch);
    process.stdout.write(`applied ${batch.checkpoint}\n`);
    return version;
  },
};
const hub = new LogHub({ log: smallBatches, onDefect: console.error });
hub.start();
new ProcessorRunner({ processor: new Projector(speaking), hub }).start();
process.stdout.write('started\n');
