import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { ConfigError } from '../../src/config.js';
import { prepareArchiveDir, prepareDataDir } from '../../src/config/data-dir.js';
import { refusedStart } from '../../src/compose/refused-start.js';
import { startProblem } from '../../src/config/start-problem.js';
import { RefusedEventError, type RefusalKind } from '../../src/event-store/event-log.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe('DATA_DIR', () => {
  it('is made with its parents for its owner alone, and may be there already', () => {
    const dataDir = path.join(folder.path, 'a/b');
    prepareDataDir(dataDir);
    prepareDataDir(dataDir);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });

  it('is kept from git when it is made, and left as it is when it was there', () => {
    const made = path.join(folder.path, 'made');
    prepareDataDir(made);
    expect(readFileSync(path.join(made, '.gitignore'), 'utf8')).toBe('*\n');
    prepareDataDir(folder.path);
    expect(existsSync(path.join(folder.path, '.gitignore'))).toBe(false);
  });

  it('cannot be a file, nor lie in one', () => {
    const file = path.join(folder.path, 'file');
    writeFileSync(file, '');
    for (const dataDir of [file, path.join(file, 'data')]) {
      expect(() => prepareDataDir(dataDir)).toThrow(ConfigError);
      expect(() => prepareDataDir(dataDir)).toThrow(/^DATA_DIR \/.* is not a folder: name a folder\.$/);
    }
  });

  const onLinux = existsSync('/proc/self') ? it : it.skip;
  onLinux('is refused where no folder can be made, without waiting for ever', () => {
    expect(() => prepareDataDir('/proc/foo/data')).toThrow(/^DATA_DIR \/proc\/foo\/data cannot be created \(ENOENT\): /);
  });

  // An administrator may write everywhere.
  const asOthers = process.getuid?.() === 0 ? it.skip : it;
  asOthers('is refused when it cannot be written', () => {
    const dataDir = path.join(folder.path, 'read-only');
    mkdirSync(dataDir);
    chmodSync(dataDir, 0o500);
    expect(() => prepareDataDir(dataDir)).toThrow(/cannot be used by this user: /);
  });
});

describe('ARCHIVE_DIR', () => {
  it('is made, may be there already, and is refused where no folder can be', () => {
    const archiveDir = path.join(folder.path, 'a/archives');
    prepareArchiveDir(archiveDir);
    prepareArchiveDir(archiveDir);
    expect(statSync(archiveDir).mode & 0o777).toBe(0o700);
    const file = path.join(folder.path, 'file');
    writeFileSync(file, '');
    expect(() => prepareArchiveDir(file)).toThrow(/^ARCHIVE_DIR \/.* is not a folder: name a folder\.$/);
  });
});

describe('a start that fails', () => {
  const config = { host: '127.0.0.1', port: 8080, operationsHost: '127.0.0.1', operationsPort: 9464 };

  it.each<readonly [RefusalKind, number, RegExp]>([
    [
      'altered',
      3,
      /no MAC\. If another program .* `npx tokenledger log disown p_log 3 --yes`; if not, restore a backup\.$/,
    ],
    ['altered', 0, /no MAC\. Restore a backup, or set STREAM_PREFIX /],
    ['key_missing', 3, /no MAC\. Put the newest key file back\.$/],
    ['newer', 3, /no MAC\. Start the version of tokenledger that wrote it, or a newer one\.$/],
  ])('at an event of the log’s own stream says what to do: %s at %i', (kind, revision, sentence) => {
    const event = { stream: 'p_log', revision, position: '9', id: 'e', type: 'T' };
    expect(refusedStart(new RefusedEventError(kind, event, 'no MAC'))).toMatch(sentence);
    expect(refusedStart(new Error('no MAC'))).toBeNull();
  });

  it('names the port that is in use, and its variable', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address() as AddressInfo;
    const second = createServer();
    const failed = once(second, 'error');
    second.listen(port, '127.0.0.1');
    const [error] = (await failed) as [Error];
    first.close();
    expect(startProblem(error, { ...config, port })).toBe(
      `PORT ${port} is in use at 127.0.0.1: stop the program that listens there, or set PORT to another.`,
    );
    expect(startProblem(error, { ...config, operationsPort: port })).toMatch(/^OPERATIONS_PORT \d+ is in use/);
    expect(startProblem(error, { ...config, port, operationsPort: port })).toBe(
      `PORT and OPERATIONS_PORT are both ${port}, and it is in use at 127.0.0.1: set each to a port of its own.`,
    );
  });

  const failing = (code: string, syscall: string): Error =>
    Object.assign(new Error(code), { code, syscall, port: 80, address: '10.1.1.1' });

  it.each([
    ['EACCES', 'listen', /^PORT 80 is not allowed for this user: /],
    ['EADDRNOTAVAIL', 'listen', /^HOST 10\.1\.1\.1 is no address of this machine: /],
    ['EIO', 'listen', /^HOST 10\.1\.1\.1, PORT 80: .*EIO/],
    ['ENOTFOUND', 'getaddrinfo', /^HOST or OPERATIONS_HOST is no address of this machine/],
  ])('explains %s of %s', (code, syscall, sentence) => {
    expect(startProblem(failing(code, syscall), { ...config, port: 80 })).toMatch(sentence);
  });

  it('leaves other errors to others', () => {
    expect(startProblem(new Error('a defect'), config)).toBeNull();
    expect(startProblem(failing('ENOENT', 'open'), config)).toBeNull();
    expect(startProblem('text', config)).toBeNull();
  });
});
