/**
 * Preloaded with `node --require`, before anything uses libuv's pool of threads, which reads its size then and never again. Password
 * hashes run there, one a processor: the others are left to files, name look-ups and WebCrypto.
 *
 * On Linux the threads of the pool also give way to the event loop (a priority is a thread's own there): a hash takes some 30
 * milliseconds of a processor, and a refresh, which needs a hundredth of that several times, would wait for it at each turn.
 */
const { readdirSync, stat } = require('node:fs');
const { availableParallelism, setPriority } = require('node:os');

process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);

const THREADS = '/proc/self/task';
const PRIORITY = 10;

if (process.platform === 'linux') {
  try {
    const before = new Set(readdirSync(THREADS));
    // The first work given to the pool starts all of its threads, before this returns.
    stat('/', () => {});
    for (const thread of readdirSync(THREADS)) if (!before.has(thread)) setPriority(Number(thread), PRIORITY);
  } catch {
    // Only slower under a storm of sign-ins.
  }
}
