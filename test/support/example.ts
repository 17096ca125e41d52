/** The programs of examples/, as a newcomer starts them: beside the built server, each in a process of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hash } from '@node-rs/argon2';
import { writeFileSync } from 'node:fs';
import { backendDescribe } from './backends.js';

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url));
export const CLIENT = { id: 'orders-api', secret: 'a secret: 100%' };

/** A suite about an example: visibly skipped where its packages are not installed. */
export function exampleDescribe(example: string, suite: () => void): void {
  const isThere = existsSync(path.join(EXAMPLES, example, 'node_modules'));
  const missing = `examples/${example}/node_modules (npm --prefix examples/${example} ci)`;
  backendDescribe(`examples/${example}`, { isThere, missing }, suite);
}

/** A port of the loopback interface that nobody uses now, for programs whose address others must know before they start. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Writes a file of OAuth clients with one that is a resource server. */
export async function writeClients(file: string): Promise<void> {
  const client_secret_hash = await hash(CLIENT.secret, { memoryCost: 8_192, timeCost: 1 });
  writeFileSync(file, JSON.stringify([{ client_id: CLIENT.id, client_secret_hash }]));
}

/** Runs a script of an example's package.json to its end. Throws with what it wrote if it fails. */
export function runScriptOf(example: string, script: string, env: Readonly<Record<string, string>> = {}): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script], {
    ...{ cwd: path.join(EXAMPLES, example), encoding: 'utf8' },
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  if (status !== 0) throw new Error(`${example}: npm run ${script} failed:\n${stdout}${stderr}`);
}

export interface ExampleProcess {
  /** Ends it; resolves once it has ended. */
  end(): Promise<void>;
  output(): string;
}

/** Starts a program of an example; resolves once it has written that. Rejects with what it wrote if it ends before. */
export async function startExample(
  example: string,
  args: readonly string[],
  { env, ready }: { readonly env: Readonly<Record<string, string>>; readonly ready: RegExp },
): Promise<ExampleProcess> {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: path.join(EXAMPLES, example),
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (ready.test(output)) resolve();
      });
    void ended.then(() => reject(new Error(`${example} ended before it was ready:\n${output}`)));
  });
  return {
    output: () => output,
    end: () => {
      child.kill();
      return ended;
    },
  };
}
