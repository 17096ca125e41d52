import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { copyDatabase } from '../../src/adapters/sqlite/copy/copy-database.js';
import { backUp, type ExportedUserKey } from '../../src/operator/backup.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
import { restore } from '../../src/operator/restore.js';
import { BackupWorld, LOG } from '../support/backup-world.js';

let world: BackupWorld;
let dataDir: string;
let backup: string;
beforeEach(() => {
  world = new BackupWorld();
  ({ dataDir, backup } = world);
});
afterEach(() => world.close());

const textsIn = (file: string): unknown[] => {
  const copy = new Database(file);
  try {
    return copy.prepare('SELECT text FROM events ORDER BY position').raw().all().flat();
  } finally {
    copy.close();
  }
};

describe('a backup', () => {
  it('holds log, users’ keys and key file apart, each for its owner alone, as of one moment of a running server', async () => {
    const report = await backUp(world.sources(), backup);
    world.database.exec("INSERT INTO events (text) VALUES ('later')");
    expect(report).toEqual({
      folder: backup,
      made_at: '1970-01-01T00:00:00.000Z',
      files: ['log/events.jsonl', 'user-keys/user-keys.db', 'keys/keys.json'],
    });
    for (const name of [...report.files, 'backup.json'])
      expect([name, statSync(path.join(backup, name)).mode & 0o777]).toEqual([name, 0o600]);
    for (const name of ['.', 'log', 'user-keys', 'keys'])
      expect(statSync(path.join(backup, name)).mode & 0o777).toBe(0o700);
    expect(readFileSync(path.join(backup, 'log/events.jsonl'), 'utf8')).toBe(LOG);
    expect(textsIn(path.join(backup, 'user-keys/user-keys.db'))).toEqual(['first']);
    expect(readFileSync(path.join(backup, 'keys/keys.json'), 'utf8')).toBe('{"secret":1}');
  });

  it('names each part with its digest, of what was written', async () => {
    const report = await backUp(world.sources(), backup);
    const manifest = JSON.parse(readFileSync(path.join(backup, 'backup.json'), 'utf8')) as {
      readonly files: readonly { readonly path: string; readonly sha256: string; readonly bytes: number }[];
    };
    expect(manifest).toMatchObject({ version: 2, made_at: report.made_at, erased_list: world.inData('keys.json.erased') });
    expect(manifest.files.map((file) => file.path)).toEqual(report.files);
    expect(manifest.files[0]).toMatchObject({ lines: 2 });
    for (const { path: name, sha256, bytes } of manifest.files) {
      const content = readFileSync(path.join(backup, name));
      expect([name, createHash('sha256').update(content).digest('hex'), content.length]).toEqual([name, sha256, bytes]);
    }
  });

  it('is refused when the key file changes while the users’ keys are copied: the two may not fit', async () => {
    const copy = (file: string): Promise<void> => {
      writeFileSync(file, '');
      writeFileSync(world.inData('keys.json'), '{"secret":2}');
      return Promise.resolve();
    };
    await expect(backUp({ ...world.sources(), userKeys: { copy } }, backup)).rejects.toThrow(
      /keys\.json was changed while .*: make the backup once more$/,
    );
    expect(existsSync(backup)).toBe(false);
    expect((await backUp(world.sources(), backup)).files).toHaveLength(3);
  });

  it('exports the log before the users’ keys, so that every sealed event has its key', async () => {
    const order: string[] = [];
    const copy = (file: string): Promise<void> => {
      order.push('keys');
      writeFileSync(file, '');
      return Promise.resolve();
    };
    async function* exportLog(): AsyncGenerator<object, void, undefined> {
      yield {};
      await Promise.resolve();
      order.push('log');
    }
    await backUp({ ...world.sources(), exportLog, userKeys: { copy } }, backup);
    expect(order).toEqual(['log', 'keys']);
  });

  it('shows one moment while somebody goes on writing', async () => {
    world.database.exec('CREATE TABLE pairs (a INTEGER, b INTEGER); INSERT INTO pairs VALUES (0, 0)');
    const copied = copyDatabase(world.inData('tokenledger.db'), path.join(world.folder, 'copy.db'));
    const ended = new AbortController();
    void copied.finally(() => ended.abort());
    for (let n = 1; !ended.signal.aborted; n += 1) {
      world.database.exec(`BEGIN; UPDATE pairs SET a = ${n}; UPDATE pairs SET b = ${n}; COMMIT`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await copied;
    const copy = new Database(path.join(world.folder, 'copy.db'));
    const [[a, b] = []] = copy.prepare('SELECT a, b FROM pairs').raw().all() as number[][];
    copy.close();
    expect(a).toBe(b);
  });

  it('goes into a folder that is new or empty alone', async () => {
    mkdirSync(backup);
    writeFileSync(path.join(backup, 'other'), 'stays');
    await expect(backUp(world.sources(), backup)).rejects.toThrow(/is not empty: name a new folder/);
    expect(readdirSync(backup)).toEqual(['other']);
    const file = world.inData('keys.json');
    // `mkdir` with `recursive` never ends in /proc.
    for (const unusable of [file, path.join(file, 'backup'), '/proc/x', '/proc/x/y'])
      await expect(backUp(world.sources(), unusable)).rejects.toThrow(OperatorRefusedError);
  });

  it('leaves nothing when it fails, so that it can be tried again', async () => {
    await expect(backUp({ ...world.sources(), keysFile: world.inData('none') }, backup)).rejects.toThrow('ENOENT');
    expect(existsSync(backup)).toBe(false);
    const within = path.join(backup, 'a/b');
    await expect(backUp({ ...world.sources(), keysFile: world.inData('none') }, within)).rejects.toThrow('ENOENT');
    expect(existsSync(backup)).toBe(false);
    mkdirSync(backup);
    await expect(backUp({ ...world.sources(), keysFile: world.inData('none') }, backup)).rejects.toThrow('ENOENT');
    expect(readdirSync(backup)).toEqual([]);
    expect((await backUp(world.sources(), backup)).files).toHaveLength(3);
  });

  it('exports the users’ keys that a server holds, and puts them and the log back into servers', async () => {
    const keys = Array.from({ length: 1_001 }, (_, n) => ({
      userId: `u${String(n).padStart(4, '0')}`,
      wrappedKey: Buffer.of(n % 256),
    }));
    const list = (after: string | null, maxCount: number): Promise<ExportedUserKey[]> =>
      Promise.resolve(keys.filter(({ userId }) => after === null || userId > after).slice(0, maxCount));
    const report = await backUp({ ...world.sources(), userKeys: { list } }, backup);
    expect(report.files).toEqual(['log/events.jsonl', 'user-keys/user-keys.jsonl', 'keys/keys.json']);
    const imported: ExportedUserKey[] = [];
    const logs: string[] = [];
    const target = world.restoring({
      userKeysFile: null,
      importUserKeys: (page) => Promise.resolve(void imported.push(...page)),
      importLog: (file) => Promise.resolve(void logs.push(readFileSync(file, 'utf8'))),
    });
    const restored = await restore(backup, target);
    expect(imported).toEqual(keys);
    expect(logs).toEqual([LOG]);
    expect(restored).toMatchObject({ history_id: 'h2' });
    await expect(restore(backup, world.restoring({ dataDir: path.join(world.folder, 'other') }))).rejects.toThrow(
      /does not hold user-keys\/user-keys\.db: set MONGODB_URL if it was set/,
    );
  });
});

describe('the place of a backup', () => {
  it('is kept from git', async () => {
    mkdirSync(backup);
    writeFileSync(path.join(backup, '.gitignore'), '*\n!README\n');
    await backUp(world.sources(), backup);
    expect(readFileSync(path.join(backup, '.gitignore'), 'utf8')).toBe('*\n!README\n');
    const other = path.join(world.folder, 'other');
    await backUp(world.sources(), other);
    expect(readFileSync(path.join(other, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('is not in DATA_DIR, by whatever name', async () => {
    const link = path.join(world.folder, 'link');
    symlinkSync(dataDir, link);
    for (const place of [
      dataDir,
      world.inData('backup'),
      world.inData('a/b'),
      path.join(link, 'backup'),
      `${dataDir}/../data/x`,
    ]) {
      await expect(backUp(world.sources(), place)).rejects.toThrow(OperatorRefusedError);
      await expect(backUp(world.sources(), place)).rejects.toThrow(/ is in DATA_DIR .*: name a folder elsewhere/);
    }
    expect(readdirSync(dataDir)).not.toContain('backup');
    await backUp(world.sources(), path.join(world.folder, 'data-backup'));
  });
});
