/** Loaded into a server process before it starts (`node --import`): SIGUSR2 ends its threads, as a crash inside one would. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Worker as NodeWorker } from 'node:worker_threads';

// The module object itself: what is set there is what others import.
const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: typeof NodeWorker };
const started: NodeWorker[] = [];
threads.Worker = class extends threads.Worker {
  constructor(...args: ConstructorParameters<typeof NodeWorker>) {
    super(...args);
    started.push(this);
  }
};
syncBuiltinESMExports();
process.on('SIGUSR2', () => {
  for (const thread of started) void thread.terminate();
});
