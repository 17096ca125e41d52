import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { OperatorClient } from '../../scripts/cli/operator.js';
import { StreamDestroyedError } from '../../src/event-store/errors.js';
import { KeyMissingError } from '../../src/security/sealing.js';
import type { ListedKey } from '../../src/operator/key-actions.js';
import {
  newOperatorToken,
  readOperatorFile,
  removeOperatorFile,
  writeOperatorFile,
} from '../../src/operator/operator-file.js';
import { operatorDependencies } from '../support/operator-dependencies.js';
import { startOperatorServer, type OperatorServer } from '../support/operator-server.js';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let server: OperatorServer | null;
beforeEach(() => {
  folder = temporaryFolder();
  server = null;
});
afterEach(async () => {
  await server?.close();
  folder.remove();
});

const KEY: ListedKey = {
  kid: 'of-the-server',
  use: 'refresh',
  algorithm: 'HS256',
  state: 'signs',
  made_at: '2026-01-01T00:00:00.000Z',
  signs_from: '2026-01-01T00:00:00.000Z',
  verifies_until: null,
};
const started = async (): Promise<OperatorServer> => {
  const keys = { ...operatorDependencies().keys, list: () => Promise.resolve([KEY]) };
  const markRestored = (): Promise<never> => Promise.reject(new Error('must not be asked'));
  server = await startOperatorServer(operatorDependencies({ isServer: true, keys, markRestored }));
  return server;
};

describe('the file by which the tool finds a running server', () => {
  it('is for its owner alone, replaced in one step, and removed by the server that wrote it', async () => {
    const [mine, other] = ['http://127.0.0.1:1', 'http://[::1]:2'].map((url) => ({ url, token: newOperatorToken() }));
    expect(await readOperatorFile(folder.path)).toBeNull();
    await writeOperatorFile(folder.path, mine!);
    expect(statSync(path.join(folder.path, 'operator.json')).mode & 0o777).toBe(0o600);
    await writeOperatorFile(folder.path, other!);
    expect(readdirSync(folder.path)).toEqual(['operator.json']);
    await removeOperatorFile(folder.path, mine!);
    expect(await readOperatorFile(folder.path)).toEqual(other);
    await removeOperatorFile(folder.path, other!);
    expect(existsSync(path.join(folder.path, 'operator.json'))).toBe(false);
  });

  it.each(['', '{', '{}', '{"url":"ftp://a","token":"b"}', '{"url":"http://a","token":""}'])(
    'counts as missing when it holds %j',
    async (text) => {
      writeFileSync(path.join(folder.path, 'operator.json'), text);
      expect(await readOperatorFile(folder.path)).toBeNull();
    },
  );
});

describe('the tool beside a running server', () => {
  it('speaks to the server of its data folder', async () => {
    await writeOperatorFile(folder.path, await started());
    const { code, stdout } = await runScript('keys', { DATA_DIR: folder.path }, '--json');
    expect([code, stdout]).toEqual([0, `${JSON.stringify(KEY)}\n`]);
  });

  it('says in a sentence that a defect ended an answer that had begun', async () => {
    const rebuild = (): Promise<never> => Promise.reject(new Error('a defect'));
    server = await startOperatorServer(operatorDependencies({ isServer: true, rebuild }));
    await writeOperatorFile(folder.path, server);
    const { code, output } = await runScript('rebuild', { DATA_DIR: folder.path });
    expect(code).toBe(1);
    expect(output).toMatch(/^[^\n]*its log has the details\n$/);
  });

  it('speaks to the server that the environment names', async () => {
    const { url, token } = await started();
    const environment = { DATA_DIR: folder.path, TOKENLEDGER_URL: url, TOKENLEDGER_OPERATOR_TOKEN: token };
    expect((await runScript('keys', environment)).output).toContain('of-the-server');
    const wrong = await runScript('keys', { ...environment, TOKENLEDGER_OPERATOR_TOKEN: 'other' });
    expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('with this token (status 401)') });
    const half = await runScript('keys', { TOKENLEDGER_URL: url });
    expect(half).toMatchObject({ code: 2, output: expect.stringContaining('must be set together') });
  });

  it.each([
    ['TOKENLEDGER_URL', { TOKENLEDGER_URL: 'host:9464' }],
    ['TOKENLEDGER_URL', { TOKENLEDGER_URL: 'ftp://127.0.0.1' }],
    ['TOKENLEDGER_URL', { TOKENLEDGER_URL: 'http://name:secret@127.0.0.1' }],
    ['TOKENLEDGER_OPERATOR_TOKEN', { TOKENLEDGER_OPERATOR_TOKEN: 'sec\nret' }],
    ['TOKENLEDGER_OPERATOR_TOKEN', { TOKENLEDGER_OPERATOR_TOKEN: 'secret of blanks' }],
    ['TOKENLEDGER_OPERATOR_TOKEN', { TOKENLEDGER_OPERATOR_TOKEN: 'secret\u2192' }],
  ])('says that %s is not usable, and never its value: %j', async (name, wrong) => {
    const environment = { TOKENLEDGER_URL: 'http://127.0.0.1:9', TOKENLEDGER_OPERATOR_TOKEN: 'any', ...wrong };
    const { code, output } = await runScript('keys', environment);
    expect([code, output.startsWith(`${name} must be `), /sec\s?ret/.test(output)]).toEqual([2, true, false]);
  });

  it('takes the token from a file', async () => {
    const { url, token } = await started();
    const file = path.join(folder.path, 'token');
    writeFileSync(file, `${token}\n`);
    const ran = await runScript('keys', { TOKENLEDGER_URL: url, TOKENLEDGER_OPERATOR_TOKEN_FILE: file });
    expect(ran.output).toContain('of-the-server');
  });

  it('prints why the server refused', async () => {
    await writeOperatorFile(folder.path, await started());
    const refused = await runScript('log', { DATA_DIR: folder.path }, 'restored', '--yes', '--json');
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      output: expect.stringMatching(/^a server is running: [^\n]*\n$/),
    });
  });

  it('takes the server’s word that a stream was destroyed, and that something is not there', async () => {
    const lost = {
      destroyed: new StreamDestroyedError('tokenledger_user-1'),
      keyless: new KeyMissingError('the user has no key'),
    };
    const list = (): Promise<never> => Promise.reject(failure);
    let failure: Error = lost.destroyed;
    server = await startOperatorServer(operatorDependencies({ keys: { ...operatorDependencies().keys, list } }));
    await writeOperatorFile(folder.path, server);
    const said = await runScript('keys', { DATA_DIR: folder.path });
    expect(said).toMatchObject({ code: 1, output: 'stream tokenledger_user-1 was destroyed at the store\n' });
    failure = lost.keyless;
    expect(await runScript('keys', { DATA_DIR: folder.path })).toMatchObject({ code: 1, output: 'the user has no key\n' });
  });

  it('takes a problem of the server for its answer, a 404 too, and any other 404 for another program', async () => {
    const answer = { type: 'application/problem+json; charset=utf-8', body: '{"status":404,"detail":"It is not there."}' };
    const answering = createServer((_, response) =>
      response.writeHead(404, { 'content-type': answer.type }).end(answer.body),
    );
    answering.listen(0, '127.0.0.1');
    await once(answering, 'listening');
    const { port } = answering.address() as AddressInfo;
    const environment = { TOKENLEDGER_URL: `http://127.0.0.1:${port}`, TOKENLEDGER_OPERATOR_TOKEN: 'any' };
    expect(await runScript('keys', environment)).toMatchObject({ code: 1, output: 'It is not there.\n' });
    answer.body = '{"status":404,"title":"Not found","detail":"Not found"}';
    expect((await runScript('keys', environment)).output).toMatch(/^Not found there: [^\n]*OPERATIONS_PORT[^\n]*\n$/);
    answer.type = 'application/json';
    expect((await runScript('keys', environment)).output).toContain(
      'takes no operator’s requests with this token (status 404)',
    );
    answering.close();
    answering.closeAllConnections();
  });

  it('does the work itself where the server of the file is dead, or another program has its port', async () => {
    const { url } = await started();
    expect((await runScript('keys', { DATA_DIR: folder.path }, 'init')).code).toBe(0);
    await writeOperatorFile(folder.path, { url, token: 'of another server' });
    expect((await runScript('keys', { DATA_DIR: folder.path })).output).toContain('HS256');
    await server?.close();
    server = null;
    const itself = await runScript('keys', { DATA_DIR: folder.path });
    expect([itself.code, itself.output.includes('of-the-server')]).toEqual([0, false]);
  });

  it('names the person in a form that an actor can have', () => {
    expect(new OperatorClient({}).name()).toMatch(/^[\w.@-]{1,64}$/);
  });
});
