import { describe, it, jest } from '@jest/globals';
import { existsSync } from 'node:fs';

type It = typeof it;

/**
 * A suite that needs Chromium: visibly skipped where there is none; with `REQUIRE_BACKENDS=1` what is missing is a failure.
 */
export function browserDescribe(name: string, suite: (test: It) => void): void {
  // A browser that shares two processors with other suites is late or ends now and then; what failed is printed all the same.
  jest.retryTimes(1, { logErrorsBeforeRetry: true });
  backendDescribe(name, { isThere: existsSync('/usr/bin/chromium'), missing: '/usr/bin/chromium' }, () => suite(it));
}

/** Likewise a suite that needs a server, whose URL is in an environment variable. */
export function serverDescribe(
  name: string,
  variable: 'MONGODB_URL' | 'EVENTSTORE_URL',
  suite: (url: string) => void,
): void {
  const url = process.env[variable] ?? '';
  backendDescribe(name, { isThere: url !== '', missing: variable }, () => suite(url));
}

/** Likewise a suite that needs anything else. */
export function backendDescribe(name: string, backend: { isThere: boolean; missing: string }, suite: () => void): void {
  if (backend.isThere) {
    describe(name, suite);
  } else if (process.env.REQUIRE_BACKENDS === '1') {
    it(`${name}: needs ${backend.missing}`, () => {
      throw new Error(`${backend.missing} is missing`);
    });
  } else {
    it.skip(`${name}: ${backend.missing} is missing`, () => undefined);
  }
}
