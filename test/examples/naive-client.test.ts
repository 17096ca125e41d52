/** examples/naive-client.js beside the built server: what README shows of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const CLIENT = fileURLToPath(new URL('../../../examples/naive-client.js', import.meta.url));

describe('G1, G2: examples/naive-client.js', () => {
  const folder = temporaryFolder();
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServerProcess({ DATA_DIR: folder.path });
  });
  afterAll(async () => {
    await server.end('SIGKILL');
    folder.remove();
  });

  it('stays signed in, though it refreshes ten times at once with one token', async () => {
    const client = spawn(process.execPath, [CLIENT, server.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    client.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    expect(await once(client, 'close')).toEqual([0, null]);
    const round = (number: number): string => `round ${number}: ${Array(10).fill(200).join(' ')}, refresh tokens: 1\n`;
    expect(output).toBe(`${[1, 2, 3].map(round).join('')}still signed in: 200, sessions: 1, ended: 0\n`);
  });
});
