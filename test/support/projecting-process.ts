/** A program: projects the log of the folder it is given, and says so each time a batch was applied. */
import { Projector } from '../../src/processors/projector.js';
import { openEmbeddedStores } from './embedded-stores.js';

const [folder] = process.argv.slice(2);
const { eventStore, readModel } = await openEmbeddedStores(folder!);

// Small batches: more places to be killed at.
const smallBatches = {
  ping: () => eventStore.ping(),
  subscribeToAll: async function* (options: Parameters<typeof eventStore.subscribeToAll>[0]) {
    for await (const { events, position } of eventStore.subscribeToAll(options)) {
      for (let from = 0; from < events.length; from += 3) {
        const some = events.slice(from, from + 3);
        yield { events: some, position: from + 3 >= events.length ? position : some.at(-1)!.position };
      }
    }
  },
};
const told = {
  checkpoint: () => readModel.checkpoint(),
  landmark: () => readModel.landmark(),
  load: (keys: Parameters<typeof readModel.load>[0]) => readModel.load(keys),
  ping: () => readModel.ping(),
  apply: async (batch: Parameters<typeof readModel.apply>[0]) => {
    process.stdout.write('applying\n');
    await readModel.apply(batch);
    process.stdout.write(`applied ${batch.checkpoint}\n`);
  },
};
new Projector({ eventStore: smallBatches, readModel: told }).start();
process.stdout.write('started\n');
