import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TOOL = fileURLToPath(new URL('../../scripts/tokenledger.js', import.meta.url));
/** A device of Linux that is always full. */
const FULL = '/dev/full';

(existsSync(FULL) ? it : it.skip)('the tool says that its output cannot be written, in a sentence', async () => {
  const ran = await new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) => {
    execFile('sh', ['-c', `"${process.execPath}" "${TOOL}" --help > ${FULL}`], (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });
  expect(ran).toEqual({ code: 1, stderr: expect.stringMatching(/^The output cannot be written: ENOSPC[^\n]*\n$/) });
});
