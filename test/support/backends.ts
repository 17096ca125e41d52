import { describe, expect, it } from '@jest/globals';

/** The variables that name the servers some tests need. */
export type Backend = 'MONGODB_URL' | 'EVENTSTORE_URL';

/**
 * Defines tests that need a server: with its URL in the environment they run; without it they are shown as skipped, or fail
 * where `REQUIRE_BACKENDS=1` says that the server must be there.
 */
export function withBackend(variable: Backend, define: (url: string) => void): void {
  const url = process.env[variable];
  if (url !== undefined && url !== '') return define(url);
  if (process.env['REQUIRE_BACKENDS'] === '1')
    it(`has ${variable}, which REQUIRE_BACKENDS=1 asks for`, () => expect(url).toBeTruthy());
  else describe.skip(`needs ${variable}`, () => it('is not set', () => expect(url).toBeTruthy()));
}
