/**
 * A program: changes the log in the data folder that it is given as the tool does without a server, and gets a signal between the
 * append and the high-water mark.
 */
import { ChangesWithoutServer } from '../../src/compose/changes-without-server.js';
import { openStores } from '../../src/compose/stores.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { TestLog } from './event-log/open-test-log.js';
import { freshDevice, issued } from './event-log/some-family.js';

const [dataDir, signal] = process.argv.slice(2);
const servers = { eventStoreUrl: null, mongoUrl: null };
const stores = await openStores({ dataDir: dataDir!, archiveDir: null, ...servers, streamPrefix: 'test_' });
const test = new TestLog(stores.eventStore);
await test.open();
const changes = new ChangesWithoutServer({
  ...{ stores, prefix: test.prefix, place: dataDir!, say: () => undefined },
  eventLog: () => eventLog,
});
const eventLog: OpenedLog = await test.open({
  mayOpen: false,
  onMoved: (last) => {
    changes.moved(last);
    process.kill(process.pid, signal);
  },
  onAppending: changes.appending,
});
await changes.make(async () => {
  await eventLog.append(freshDevice(), [issued()], 'no_stream');
  // More to do than the signal leaves time for.
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
