import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { programOf } from './processes.js';

const TOOL = programOf('lib/measured-tool.js');
const run = promisify(execFile);

/**
 * Runs the tool's rebuild with comparison, in a process of its own. Resolves to `{events, documents, differences, rate, peakBytes}`:
 * how many there are, events a second, and the memory it took at most.
 */
export async function rebuilt(environment) {
  const begin = performance.now();
  const env = { PATH: process.env.PATH, ...environment };
  // Differences end it with 1: they are in its report all the same.
  const { stdout, stderr } = await run(process.execPath, [TOOL, 'rebuild', '--json'], { env, maxBuffer: 2 ** 26 }).catch(
    (error) => {
      if (error.code === 1 && error.stdout !== '') return error;
      throw error;
    },
  );
  const { events, documents, differences } = JSON.parse(stdout);
  const [, peak] = /peak (\d+)/.exec(stderr) ?? [];
  const rate = events / ((performance.now() - begin) / 1000);
  return { events, documents, differences: differences.length, rate, peakBytes: Number(peak) };
}
