import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { copyDatabase } from '../../src/adapters/sqlite/copy/copy-database.js';
import { backUp, type BackupSources, type ExportedUserKey } from '../../src/operator/backup.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
import { restore, type RestoreTarget } from '../../src/operator/restore.js';
import { asyncly } from '../support/archives.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let dataDir: string;
let backup: string;
let database: Database.Database;
beforeEach(() => {
  folder = temporaryFolder();
  dataDir = path.join(folder.path, 'data');
  backup = path.join(folder.path, 'backup');
  mkdirSync(dataDir);
  database = new Database(path.join(dataDir, 'tokenledger.db'));
  database.exec('PRAGMA journal_mode=WAL');
  database.exec('CREATE TABLE events (position INTEGER PRIMARY KEY, text TEXT)');
  database.exec("INSERT INTO events (text) VALUES ('first')");
  writeFileSync(path.join(dataDir, 'keys.json'), '{"secret":1}', { mode: 0o600 });
});
afterEach(() => {
  database.close();
  folder.remove();
});

/** The export of the log. */
const LOG = '{"event":"first"}\n{"event":"second"}\n';

const inData = (name: string): string => path.join(dataDir, name);
const copyOf =
  (name: string) =>
  (file: string): Promise<void> =>
    copyDatabase(inData(name), file);
const embedded = (): BackupSources => ({
  exportLog: () => asyncly([{ event: 'first' }, { event: 'second' }]),
  userKeys: { copy: copyOf('tokenledger.db') },
  keysFile: inData('keys.json'),
  dataDir,
  erasedList: inData('keys.json.erased'),
  now: () => 0,
});
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
    const report = await backUp(embedded(), backup);
    database.exec("INSERT INTO events (text) VALUES ('later')");
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
    await backUp({ ...embedded(), exportLog, userKeys: { copy } }, backup);
    expect(order).toEqual(['log', 'keys']);
  });

  it('shows one moment while somebody goes on writing', async () => {
    database.exec('CREATE TABLE pairs (a INTEGER, b INTEGER); INSERT INTO pairs VALUES (0, 0)');
    const copied = copyDatabase(inData('tokenledger.db'), path.join(folder.path, 'copy.db'));
    const ended = new AbortController();
    void copied.finally(() => ended.abort());
    for (let n = 1; !ended.signal.aborted; n += 1) {
      database.exec(`BEGIN; UPDATE pairs SET a = ${n}; UPDATE pairs SET b = ${n}; COMMIT`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await copied;
    const copy = new Database(path.join(folder.path, 'copy.db'));
    const [[a, b] = []] = copy.prepare('SELECT a, b FROM pairs').raw().all() as number[][];
    copy.close();
    expect(a).toBe(b);
  });

  it('goes into a folder that is new or empty alone', async () => {
    mkdirSync(backup);
    writeFileSync(path.join(backup, 'other'), 'stays');
    await expect(backUp(embedded(), backup)).rejects.toThrow(/is not empty: name a new folder/);
    expect(readdirSync(backup)).toEqual(['other']);
    const file = inData('keys.json');
    // `mkdir` with `recursive` never ends in /proc.
    for (const unusable of [file, path.join(file, 'backup'), '/proc/x', '/proc/x/y'])
      await expect(backUp(embedded(), unusable)).rejects.toThrow(OperatorRefusedError);
  });

  it('leaves nothing when it fails, so that it can be tried again', async () => {
    await expect(backUp({ ...embedded(), keysFile: inData('none') }, backup)).rejects.toThrow('ENOENT');
    expect(existsSync(backup)).toBe(false);
    const within = path.join(backup, 'a/b');
    await expect(backUp({ ...embedded(), keysFile: inData('none') }, within)).rejects.toThrow('ENOENT');
    expect(existsSync(backup)).toBe(false);
    mkdirSync(backup);
    await expect(backUp({ ...embedded(), keysFile: inData('none') }, backup)).rejects.toThrow('ENOENT');
    expect(readdirSync(backup)).toEqual([]);
    expect((await backUp(embedded(), backup)).files).toHaveLength(3);
  });

  it('exports the users’ keys that a server holds, and puts them and the log back into servers', async () => {
    const keys = Array.from({ length: 1_001 }, (_, n) => ({
      userId: `u${String(n).padStart(4, '0')}`,
      wrappedKey: Buffer.of(n % 256),
    }));
    const list = (after: string | null, maxCount: number): Promise<ExportedUserKey[]> =>
      Promise.resolve(keys.filter(({ userId }) => after === null || userId > after).slice(0, maxCount));
    const report = await backUp({ ...embedded(), userKeys: { list } }, backup);
    expect(report.files).toEqual(['log/events.jsonl', 'user-keys/user-keys.jsonl', 'keys/keys.json']);
    const imported: ExportedUserKey[] = [];
    const logs: string[] = [];
    const target = restoring({
      logFile: null,
      userKeysFile: null,
      importUserKeys: (page) => Promise.resolve(void imported.push(...page)),
      importLog: (file) => Promise.resolve(void logs.push(readFileSync(file, 'utf8'))),
    });
    const restored = await restore(backup, target);
    expect(imported).toEqual(keys);
    expect(logs).toEqual([LOG]);
    expect(restored).toMatchObject({ history_id: 'h2' });
    await expect(restore(backup, restoring({ dataDir: path.join(folder.path, 'other') }))).rejects.toThrow(
      /does not hold user-keys\/user-keys\.db: set MONGODB_URL if it was set/,
    );
  });
});

/** A restore into a new folder; what is not expected to be called fails. */
function restoring(scripted: Partial<RestoreTarget> = {}): RestoreTarget {
  const into = path.join(folder.path, 'restored');
  return {
    dataDir: into,
    logFile: path.join(into, 'tokenledger.db'),
    userKeysFile: path.join(into, 'user-keys.db'),
    keysFile: path.join(into, 'keys.json'),
    erasedList: path.join(into, 'keys.json.erased'),
    // Stands for what the log is stored in.
    importLog: (file) => {
      copyFileSync(file, path.join(into, 'tokenledger.db'));
      return Promise.resolve();
    },
    importUserKeys: () => Promise.reject(new Error('not expected')),
    addErased: () => Promise.reject(new Error('not expected')),
    markRestored: () => Promise.resolve({ historyId: 'h2' }),
    ...scripted,
  };
}

describe('the place of a backup', () => {
  it('is kept from git', async () => {
    mkdirSync(backup);
    writeFileSync(path.join(backup, '.gitignore'), '*\n!README\n');
    await backUp(embedded(), backup);
    expect(readFileSync(path.join(backup, '.gitignore'), 'utf8')).toBe('*\n!README\n');
    const other = path.join(folder.path, 'other');
    await backUp(embedded(), other);
    expect(readFileSync(path.join(other, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('is not in DATA_DIR, by whatever name', async () => {
    const link = path.join(folder.path, 'link');
    symlinkSync(dataDir, link);
    for (const place of [dataDir, inData('backup'), inData('a/b'), path.join(link, 'backup'), `${dataDir}/../data/x`]) {
      await expect(backUp(embedded(), place)).rejects.toThrow(OperatorRefusedError);
      await expect(backUp(embedded(), place)).rejects.toThrow(/ is in DATA_DIR .*: name a folder elsewhere/);
    }
    expect(readdirSync(dataDir)).not.toContain('backup');
    await backUp(embedded(), path.join(folder.path, 'data-backup'));
  });
});

describe('a restore', () => {
  it('puts all parts into a new folder and marks the log, once all is there', async () => {
    await backUp(embedded(), backup);
    const there: string[] = [];
    const target = restoring({
      markRestored: () => {
        there.push(
          ...readdirSync(target.dataDir)
            .filter((name) => name !== '.gitignore')
            .sort(),
        );
        return Promise.resolve({ historyId: 'h2' });
      },
    });
    expect(await restore(backup, target)).toEqual({
      data_dir: target.dataDir,
      history_id: 'h2',
      keys_restored: true,
      erased_list: null,
    });
    expect(there).toEqual(['keys.json', 'tokenledger.db', 'user-keys.db']);
    for (const name of there) expect(statSync(path.join(target.dataDir, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(target.logFile!, 'utf8')).toBe(LOG);
    expect(readFileSync(path.join(target.dataDir, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('takes a folder that holds nothing but rules for git for empty', async () => {
    await backUp(embedded(), backup);
    const target = restoring();
    mkdirSync(target.dataDir);
    writeFileSync(path.join(target.dataDir, '.gitignore'), '*\n');
    expect((await restore(backup, target)).history_id).toBe('h2');
  });

  it('asks nothing of an empty folder, and refuses another', async () => {
    await backUp(embedded(), backup);
    const target = restoring();
    mkdirSync(target.dataDir);
    expect((await restore(backup, target)).history_id).toBe('h2');
    await expect(restore(backup, target)).rejects.toThrow(/^DATA_DIR .* is not empty: move it out of the way/);
  });

  it('leaves the key file that is there', async () => {
    await backUp(embedded(), backup);
    const keysFile = path.join(folder.path, 'newer.json');
    writeFileSync(keysFile, 'newer');
    expect((await restore(backup, restoring({ keysFile }))).keys_restored).toBe(false);
    expect(readFileSync(keysFile, 'utf8')).toBe('newer');
  });

  it('takes the list of erased users of the folder that was backed up, while it is there', async () => {
    await backUp(embedded(), backup);
    const added: string[] = [];
    const addErased = (file: string): Promise<void> => Promise.resolve(void added.push(file));
    writeFileSync(inData('keys.json.erased'), '');
    const target = restoring({ addErased });
    expect((await restore(backup, target)).erased_list).toBe(inData('keys.json.erased'));
    const moved = path.join(folder.path, 'moved.erased');
    // However the manifest is laid out.
    const manifest = path.join(backup, 'backup.json');
    writeFileSync(manifest, JSON.stringify(JSON.parse(readFileSync(manifest, 'utf8'))));
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, restoring({ addErased: () => Promise.resolve() }))).erased_list).toBe(
      inData('keys.json.erased'),
    );
    renameSync(inData('keys.json.erased'), moved);
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, restoring({ addErased }), moved)).erased_list).toBe(moved);
    expect(added).toEqual([inData('keys.json.erased'), moved]);
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, restoring({ addErased }))).erased_list).toBeNull();
    // A manifest that somebody has edited is no reason to keep a backup from being restored.
    writeFileSync(path.join(backup, 'backup.json'), '{"erased_list": ');
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, restoring({ addErased }))).erased_list).toBeNull();
    writeFileSync(moved, '');
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, restoring({ addErased, erasedList: moved }))).erased_list).toBe(moved);
  });

  it('removes what it has put there when the log cannot be marked', async () => {
    await backUp(embedded(), backup);
    const target = restoring({ markRestored: () => Promise.reject(new Error('disk full')) });
    await expect(restore(backup, target)).rejects.toThrow('disk full');
    expect(readdirSync(target.dataDir)).toEqual([]);
  });

  it('refuses a list of erased users that is a folder, and users’ keys that are none, in a sentence', async () => {
    await backUp(embedded(), backup);
    await expect(restore(backup, restoring(), folder.path)).rejects.toThrow(OperatorRefusedError);
    const keys = path.join(backup, 'user-keys/user-keys.jsonl');
    for (const line of ['{"user_id":"u', '{"user_id":"u1"}', '7']) {
      writeFileSync(keys, `{"user_id":"u0","wrapped_key":"AA"}\n${line}\n`);
      const target = restoring({ logFile: null, userKeysFile: null });
      await expect(restore(backup, target)).rejects.toThrow(/user-keys\.jsonl: line 2 is no user's key$/);
    }
  });

  it('refuses what is no finished backup, or one of another kind of installation', async () => {
    mkdirSync(backup);
    await expect(restore(backup, restoring())).rejects.toThrow(/no finished backup: backup\.json is missing/);
    await backUp(embedded(), backup);
    rmSync(path.join(backup, 'log'), { recursive: true });
    await expect(restore(backup, restoring())).rejects.toThrow(/does not hold log\/events\.jsonl/);
    expect(existsSync(restoring().dataDir)).toBe(false);
  });
});
