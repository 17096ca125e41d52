import { describe, it } from '@jest/globals';
import { existsSync } from 'node:fs';

type It = typeof it;

/**
 * A suite that needs Chromium: visibly skipped where there is none, save with `REQUIRE_BACKENDS=1`, where what is missing is a
 * failure.
 */
export function browserDescribe(name: string, suite: (test: It) => void): void {
  backendDescribe(name, { isThere: existsSync('/usr/bin/chromium'), missing: '/usr/bin/chromium' }, suite);
}

function backendDescribe(name: string, backend: { isThere: boolean; missing: string }, suite: (test: It) => void): void {
  if (backend.isThere) {
    describe(name, () => suite(it));
  } else if (process.env.REQUIRE_BACKENDS === '1') {
    it(`${name}: needs ${backend.missing}`, () => {
      throw new Error(`${backend.missing} is missing`);
    });
  } else {
    it.skip(`${name}: ${backend.missing} is missing`, () => undefined);
  }
}
