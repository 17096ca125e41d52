import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from './eventually.js';
import { temporaryFolder } from './temporary-folder.js';

const PARTS = ['bin', 'lists', 'package.json', 'projections', 'public', 'scripts', 'src'];
// A build and a start on a machine that does much else.
const WITHIN_MS = 60_000;

/** The project as in a fresh clone after `npm ci`: nothing is built. */
export interface ProjectCopy {
  /** Runs an npm script of it, with a free port and data of its own. */
  run(...script: readonly string[]): Running;
  /** Changes one of its files. */
  edit(file: string, change: (text: string) => string): void;
  remove(): Promise<void>;
}

export interface Running {
  /** Resolves once its output holds the text; rejects, with the output, if it does not come. */
  says(text: string): Promise<void>;
  /** The answer of `/healthz` at the newest URL that was logged. */
  health(): Promise<number>;
}

export function copyProject(): ProjectCopy {
  const folder = temporaryFolder();
  for (const part of PARTS) cpSync(part, path.join(folder.path, part), { recursive: true });
  symlinkSync(path.resolve('node_modules'), path.join(folder.path, 'node_modules'));
  const children: ChildProcess[] = [];
  return {
    run: (...script) => {
      const child = spawn('npm', [...script], {
        cwd: folder.path,
        env: { PATH: process.env.PATH, HOME: folder.path, PORT: '0', OPERATIONS_PORT: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own, so that nothing of it is left behind.
        detached: true,
      });
      children.push(child);
      return running(child);
    },
    edit: (file, change) => {
      const whole = path.join(folder.path, file);
      writeFileSync(whole, change(readFileSync(whole, 'utf8')));
    },
    remove: async () => {
      for (const child of children) await end(child);
      folder.remove();
    },
  };
}

function running(child: ChildProcess): Running {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    says: async (text) => {
      try {
        await eventually(`it says ${text}`, () => output.includes(text), { withinMs: WITHIN_MS });
      } catch (error) {
        throw new Error(`it never said ${text}:\n${output}`, { cause: error });
      }
    },
    health: async () => {
      const url = [...output.matchAll(/"url":"([^"]+)"/g)].at(-1)?.[1] ?? '';
      return (await fetch(`${url}/healthz`)).status;
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // All of it has ended.
    return;
  }
  await closed;
}
