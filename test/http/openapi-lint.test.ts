/** The committed description passes the linter that readers of API descriptions use. */
import { describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { readFileSync } from 'node:fs';

/** The rules that are broken with a reason, each with it. The list may only become shorter. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};
const MAX_EXCEPTIONS = 0;

const committed = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');

async function problemsOf(source: string): Promise<readonly string[]> {
  // Strict: warnings count as errors.
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  return problems.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer ?? '?'}: ${message}`);
}

describe('docs/openapi.json', () => {
  it('breaks no rule but those with a reason, and each of these', async () => {
    const problems = await problemsOf(committed);
    const isExcepted = (problem: string): boolean => Object.keys(EXCEPTIONS).some((rule) => problem.startsWith(`${rule} `));
    expect(problems.filter((problem) => !isExcepted(problem))).toEqual([]);
    for (const rule of Object.keys(EXCEPTIONS)) expect(problems.join('\n')).toContain(`${rule} at`);
    expect(Object.keys(EXCEPTIONS).length).toBeLessThanOrEqual(MAX_EXCEPTIONS);
  });

  it.each([
    ['an example that its schema refuses', '"request_id": "q1F3y8Zk0cVt5mXa"', '"request_id": 5', 'example'],
    ['a reference that leads nowhere', '#/components/schemas/User"', '#/components/schemas/Nobody"', 'no-unresolved-refs'],
    ['an operation without a summary', '"summary": "Register",', '', 'operation-summary'],
  ])('would not pass with %s', async (_, right, wrong, rule) => {
    expect(committed).toContain(right);
    expect((await problemsOf(committed.replaceAll(right, wrong))).join('\n')).toContain(rule);
  });
});
