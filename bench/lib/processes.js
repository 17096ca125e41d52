import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const TICKS_A_SECOND = 100;
const STOP_MS = 30_000;
const running = new Set();

/** The processor that servers run on, and the one of the load; the same where there is only one. */
export const SERVER_CORE = 0;
export const LOAD_CORE = availableParallelism() > 1 ? 1 : 0;
/** For what is not measured. */
export const ALL_CORES = `0-${availableParallelism() - 1}`;

/** A program of this folder, by its path in it. */
export function programOf(name) {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

/**
 * Starts a program pinned to processors (`taskset` syntax). `lines` are what it prints, parsed as JSON; `ask` sends an order and
 * resolves to the line that answers it; `cpuSeconds` is what it has used of its processors, all threads together.
 */
export function start(program, { args = [], core, env = {}, nodeArgs = [] }) {
  const command = ['-c', String(core), process.execPath, ...nodeArgs, program, ...args.map(String)];
  const child = spawn('taskset', command, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  const exited = new Promise((resolve) => child.once('exit', resolve)).then(() => running.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ended`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(`${program}: ${answer.error}`);
    return answer;
  };
  return {
    pid: child.pid,
    nextLine,
    ask: (order) => {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      return nextLine();
    },
    cpuSeconds: () => cpuSecondsOf(child.pid),
    memoryBytes: () => memoryOf(child.pid),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const killing = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(killing);
    },
  };
}

/** Ends whatever is still running, for the end of this process. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

function cpuSecondsOf(pid) {
  // The name of the program, in brackets, may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

function memoryOf(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(kilobytes) * 1024;
}

/** Whether the peer is there: the bench has dependencies of its own, and most rows need none of them. */
export function hasPeer() {
  return existsSync(fileURLToPath(new URL('../node_modules/oidc-provider', import.meta.url)));
}
