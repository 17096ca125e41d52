import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  /** What it has written so far. */
  output(): string;
  /** Resolves once its output contains the text; rejects if it ends before. */
  says(text: string): Promise<void>;
  /** Resolves when it has ended and its whole output was read. */
  readonly ended: Promise<void>;
}

/** Starts a program of test/support in a process of its own. */
export function startChild(program: URL, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, [program.pathname, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`ended without saying ${text}: ${output}`)));
      look();
    });
  return { process: child, output: () => output, says, ended };
}
