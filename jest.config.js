/**
 * The tests run as compiled JavaScript (`npm test` compiles first): what is tested is what ships, worker threads and child
 * processes included, and no second compiler is needed.
 *
 * @type {import('jest').Config}
 */
export default {
  roots: ['<rootDir>/dist/test'],
  testMatch: ['**/*.test.js'],
  testEnvironment: 'node',
  transform: {},
  testTimeout: 30_000,
  maxWorkers: 2,
};
