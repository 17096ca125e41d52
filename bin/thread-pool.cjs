/**
 * Preloaded with `node --require`, before anything uses libuv's pool of threads, which reads its size then and never again. Password
 * hashes run there, one a processor: the others are left to files, name look-ups and WebCrypto.
 */
const { availableParallelism } = require('node:os');

process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);
