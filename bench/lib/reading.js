import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { programOf } from './processes.js';

const TOOL = programOf('lib/measured-tool.js');
const run = promisify(execFile);

/**
 * Runs a command of the tool that reads the whole log, in a process of its own. Resolves to `{report, rate, cpuMicroseconds, peakBytes}`:
 * what it printed, events a second from its start to its end, the processor time of all its threads an event, and the memory it took at
 * most.
 */
export async function readThrough(environment, ...command) {
  const begin = performance.now();
  const env = { PATH: process.env.PATH, ...environment };
  // Differences and findings end it with 1: they are in its report all the same.
  const { stdout, stderr } = await run(process.execPath, [TOOL, ...command, '--json'], { env, maxBuffer: 2 ** 26 }).catch(
    (error) => {
      if (error.code === 1 && error.stdout !== '') return error;
      throw error;
    },
  );
  const report = JSON.parse(stdout);
  const [, peak, cpu] = /peak (\d+) cpu (\d+)/.exec(stderr) ?? [];
  const rate = report.events / ((performance.now() - begin) / 1000);
  return { report, rate, cpuMicroseconds: Number(cpu) / report.events, peakBytes: Number(peak) };
}
