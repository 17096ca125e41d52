/** What a process has loaded, in all of its threads: adapters and drivers that the configuration does not choose are not among it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ApiClient } from '../support/api-client.js';
import { openEventStoreServer } from '../support/eventstoredb/open-server.js';
import { newKeysFile } from '../support/new-keys.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DRIVERS = ['libsql', 'mongodb', '@eventstore/db-client', '@grpc/grpc-js', 'rate-limiter-flexible'];
/** What mails go by. nodemailer writes the files of the outbox, too. */
const MAILING = ['smtp-transport.js', 'outbox.js'];
// No server is there. The port is reserved, and no service uses it.
const NO_MONGODB = 'mongodb://127.0.0.1:1/tokenledger?serverSelectionTimeoutMS=200';
const SMTP = 'smtp://127.0.0.1:1';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** The scripts that a process and its threads have run until it ended. V8 lists them where it counts which code is covered. */
async function loadedBy(env: Readonly<Record<string, string>>, use: (api: ApiClient) => Promise<void>): Promise<string[]> {
  const coverage = path.join(folder.path, 'coverage');
  const process = await startServerProcess({ DATA_DIR: folder.path, NODE_V8_COVERAGE: coverage, ...env });
  await use(new ApiClient(process.url));
  expect(await process.end('SIGTERM')).toBe(0);
  return readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(path.join(coverage, name), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
}

/** The technologies, the drivers and the ways of sending mail among scripts. */
function chosenOf(scripts: readonly string[]): Record<'adapters' | 'drivers' | 'mailing', string[]> {
  const adapters = scripts.map((url) => /\/src\/adapters\/([^/]+)\//.exec(url)?.[1]).filter((name) => name !== undefined);
  return {
    adapters: [...new Set(adapters)].sort(),
    drivers: DRIVERS.filter((name) => scripts.some((url) => url.includes(`/node_modules/${name}/`))),
    mailing: MAILING.filter((name) => scripts.some((url) => url.endsWith(`/adapters/smtp/${name}`))),
  };
}

describe('a process has loaded what its configuration chooses', () => {
  it('embedded: SQLite and the outbox', async () => {
    const scripts = await loadedBy({}, async (api) => {
      await api.signedIn(freshCredentials());
    });
    expect(chosenOf(scripts)).toEqual({
      adapters: ['files', 'smtp', 'sqlite'],
      drivers: ['libsql'],
      mailing: ['outbox.js'],
    });
  });

  it('with servers alone: their clients, and nothing of SQLite', async () => {
    const server = await openEventStoreServer();
    try {
      const env = { EVENTSTORE_URL: server.url, MONGODB_URL: NO_MONGODB, SMTP_URL: SMTP };
      const scripts = await loadedBy({ ...env, KEYS_FILE: await newKeysFile(folder.path) }, () => Promise.resolve());
      expect(chosenOf(scripts)).toEqual({
        adapters: ['eventstoredb', 'files', 'mongodb', 'smtp'],
        drivers: ['mongodb', '@eventstore/db-client', '@grpc/grpc-js', 'rate-limiter-flexible'],
        mailing: ['smtp-transport.js'],
      });
    } finally {
      await server.close();
    }
  });

  it('with its log in EventStoreDB: that client, and SQLite for the rest', async () => {
    const server = await openEventStoreServer();
    try {
      const env = { EVENTSTORE_URL: server.url, KEYS_FILE: await newKeysFile(folder.path) };
      const scripts = await loadedBy(env, async (api) => {
        await api.signedIn(freshCredentials());
      });
      expect(chosenOf(scripts)).toEqual({
        adapters: ['eventstoredb', 'files', 'smtp', 'sqlite'],
        drivers: ['libsql', '@eventstore/db-client', '@grpc/grpc-js'],
        mailing: ['outbox.js'],
      });
    } finally {
      await server.close();
    }
  });
});
