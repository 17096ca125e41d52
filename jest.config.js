/**
 * The tests run as compiled JavaScript (`npm test` compiles first): what is tested is what ships, worker threads and child
 * processes included, and no second compiler is needed.
 *
 * `npm test` leaves out what takes long by nature: a real browser, the server and the tool as processes of their own, those that are
 * killed, what is large, and the examples with packages of their own. `TESTS=slow` runs these alone, `TESTS=all` everything.
 */
const SLOW = ['browser', 'processes', 'kills', 'large', 'examples'];
const tests = process.env.TESTS ?? 'fast';

/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/dist/test'],
  testMatch: tests === 'slow' ? [`**/test/{${SLOW.join()}}/**/*.test.js`] : ['**/*.test.js'],
  testPathIgnorePatterns: tests === 'fast' ? SLOW.map((folder) => `/dist/test/${folder}/`) : [],
  testEnvironment: 'node',
  transform: {},
  setupFilesAfterEnv: ['<rootDir>/dist/test/support/each-suite.js'],
  // Only for what hangs: no test may fail because the machine is slow or has much to do.
  testTimeout: 180_000,
  // A browser and processes of their own are waited for a good deal.
  maxWorkers: tests === 'slow' ? 3 : 2,
};
