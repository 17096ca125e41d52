/** What the tool does to the log as a process of its own, without a server, and the high-water mark (G17). */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStores } from '../../src/compose/stores.js';
import { ApiClient } from '../support/api-client.js';
import { ownServer } from '../support/own-server.js';
import { freshCredentials } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('the tool without a server', () => {
  const own = ownServer();
  const at = (name: string): string => path.join(own.folder, name);
  const tool = (...[name = '', ...args]: readonly string[]): ReturnType<typeof runScript> =>
    runScript(name, { DATA_DIR: own.folder }, ...args);

  function putBack(): void {
    for (const part of ['-wal', '-shm']) rmSync(at(`tokenledger.db${part}`), { force: true });
    cpSync(at('old.db'), at('tokenledger.db'));
  }

  it('refuses in the server’s words to change a log that was put back to before its last change, and still reads it', async () => {
    const credentials = freshCredentials();
    const server = await own.start();
    await new ApiClient(server.url).signedIn(credentials);
    await server.end('SIGTERM');
    cpSync(at('tokenledger.db'), at('old.db'));
    expect((await tool('users', 'disable', credentials.email)).code).toBe(0);
    putBack();
    const words = /^The log was at position .* put back to an earlier moment\. .*`tokenledger log restored --yes`\.$/m;
    for (const change of [
      ['users', 'grant', credentials.email, 'admin'],
      ['users', 'enable', credentials.email],
      ['keys', 'integrity'],
      ['archive', '--before', '2026-01-01'],
      ['seed', '--yes', '--users', '1', '--devices', '1', '--days', '1'],
    ]) {
      const { code, output, stdout } = await tool(...change);
      expect([change, code, stdout, output]).toEqual([change, 1, '', expect.stringMatching(words)]);
    }
    await expect(own.start()).rejects.toThrow('put back to an earlier moment');
    for (const look of [
      ['users', 'show', credentials.email],
      ['audit', 'timeline', credentials.email],
      ['audit', 'export'],
    ])
      expect([look, (await tool(...look)).code]).toEqual([look, 0]);
    expect(await tool('audit', 'verify')).toMatchObject({ code: 1, output: expect.stringContaining('truncated') });
  });

  it('leaves the mark at the end of a seed', async () => {
    await (await own.start()).end('SIGTERM');
    cpSync(at('tokenledger.db'), at('old.db'));
    expect((await tool('seed', '--users', '1', '--devices', '1', '--days', '1')).code).toBe(0);
    putBack();
    await expect(own.start()).rejects.toThrow('put back to an earlier moment');
  });

  it('says that a mark is missing before it writes one again', async () => {
    const credentials = freshCredentials();
    const server = await own.start();
    await new ApiClient(server.url).signedIn(credentials);
    await server.end('SIGTERM');
    await inKeys('delete from high_water');
    const grant = ['grant', credentials.email, 'admin'] as const;
    const { code, output } = await tool('users', ...grant);
    expect([code, output]).toEqual([
      0,
      expect.stringContaining('WARNING: the log has events and there is no high-water mark'),
    ]);
    expect((await tool('users', ...grant)).output).not.toContain('WARNING');
  });

  async function inKeys(sql: string): Promise<void> {
    const { default: Database } = await import('libsql');
    const db = new Database(at('user-keys.db'));
    db.exec(sql);
    db.close();
  }
});

describe('a change without a server', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => void (folder = temporaryFolder()));
  afterEach(() => folder.remove());

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'is under the mark also when %s comes right behind the append, and ends by it',
    async (signal) => {
      const program = fileURLToPath(new URL('../support/changing-process.js', import.meta.url));
      const child = spawn(process.execPath, [program, folder.path, signal], { stdio: ['ignore', 'inherit', 'inherit'] });
      expect(await once(child, 'exit')).toEqual([null, signal]);
      const servers = { eventStoreUrl: null, mongoUrl: null };
      const stores = await openStores({ dataDir: folder.path, archiveDir: null, ...servers, streamPrefix: 'test_' });
      try {
        const { id: eventId, position } = (await stores.eventStore.readNewest())!;
        expect(await stores.highWaterMark.read()).toMatchObject({ eventId, position });
      } finally {
        await stores.close();
      }
    },
  );
});
