/** docs/audit-walk.md: every command in it is run, and has to print what stands there. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporary-folder.js';

const TOOL = fileURLToPath(new URL('../../scripts/tokenledger.js', import.meta.url));
const WALK = readFileSync(new URL('../../../docs/audit-walk.md', import.meta.url), 'utf8');
const BLOCKS = [...WALK.matchAll(/^```\n(.*?)^```/gms)].flatMap(([, block = '']) => block);
const SEED = BLOCKS.find((block) => block.startsWith('npx tokenledger seed'))?.trim() ?? '';
const STEPS = BLOCKS.filter((block) => block.startsWith('$ ')).flatMap((block) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((step): [string, string] => [step.slice(0, step.indexOf('\n')), step.slice(step.indexOf('\n') + 1)]),
);

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  folder = temporaryFolder();
  await printed(SEED);
}, 60_000);
afterAll(() => folder.remove());

async function printed(command: string): Promise<string> {
  const line = command.replace('npx tokenledger', `"${process.execPath}" "${TOOL}"`);
  const { stdout } = await promisify(execFile)('sh', ['-c', line], {
    env: { PATH: process.env.PATH, DATA_DIR: folder.path },
  });
  return stdout;
}

describe('the walk through a theft', () => {
  it('has commands', () => {
    expect(STEPS.length).toBeGreaterThan(6);
    expect(SEED).not.toBe('');
  });

  it.each(STEPS)('%s', async (command, output) => {
    const real = await printed(command);
    // An answer for programs is one line; the walk folds it.
    if (command.endsWith('--json')) expect(JSON.parse(real)).toEqual(JSON.parse(output));
    else expect(real).toBe(output);
  });
});
