import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** tokenledger in a process of its own, as `npm start` runs it. */
export interface ServerProcess {
  readonly url: string;
  /** Of its operations listener: metrics and readiness. */
  readonly operationsUrl: string;
  readonly child: ChildProcess;
  /** Everything it has written so far, on both outputs. */
  output(): string;
  /** Sends a signal and resolves with the exit code (null if it was killed) once it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Resolves with the exit code once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Resolves once it listens; rejects with what it wrote if it ends before. `spawned` has the process at once. */
export async function startServerProcess(
  env: Readonly<Record<string, string>>,
  spawned: (child: ChildProcess) => void = () => undefined,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, PORT: '0', OPERATIONS_PORT: '0', RATE_LIMIT_EXEMPT: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  spawned(child);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const urls = await new Promise<{ url: string; operationsUrl: string }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      const { url, operations_url: operationsUrl } = JSON.parse(line) as { url?: string; operations_url?: string };
      if (url !== undefined && operationsUrl !== undefined) resolve({ url, operationsUrl });
    });
    void ended.then(() => reject(new Error(`ended before it listened: ${output}`)));
  });
  return {
    ...urls,
    child,
    output: () => output,
    ended,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
