import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a command of the tool; resolves to its exit code and what it wrote on both outputs. */
export function runScript(
  name: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number; output: string; stdout: string }> {
  const file = fileURLToPath(new URL('../../scripts/tokenledger.js', import.meta.url));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [file, name, ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr, stdout });
      },
    );
  });
}
