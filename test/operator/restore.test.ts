import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { backUp } from '../../src/operator/backup.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
import { restore, type RestoreTarget } from '../../src/operator/restore.js';
import { BackupWorld, LOG } from '../support/backup-world.js';

let world: BackupWorld;
let backup: string;
beforeEach(() => {
  world = new BackupWorld();
  ({ backup } = world);
});
afterEach(() => world.close());

describe('a restore', () => {
  it('puts all parts into a new folder and marks the log, once all is there', async () => {
    await backUp(world.sources(), backup);
    const there: string[] = [];
    const target = world.restoring({
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
      damaged_user_keys: 0,
      erased_list: null,
      erased_ids: 0,
    });
    expect(there).toEqual(['keys.json', 'tokenledger.db', 'user-keys.db']);
    for (const name of there) expect(statSync(path.join(target.dataDir, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(target.dataDir, 'tokenledger.db'), 'utf8')).toBe(LOG);
    expect(readFileSync(path.join(target.dataDir, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('takes a folder that holds nothing but rules for git for empty', async () => {
    await backUp(world.sources(), backup);
    const target = world.restoring();
    mkdirSync(target.dataDir);
    writeFileSync(path.join(target.dataDir, '.gitignore'), '*\n');
    expect((await restore(backup, target)).history_id).toBe('h2');
  });

  it('asks nothing of an empty folder, and refuses another', async () => {
    await backUp(world.sources(), backup);
    const target = world.restoring();
    mkdirSync(target.dataDir);
    expect((await restore(backup, target)).history_id).toBe('h2');
    await expect(restore(backup, target)).rejects.toThrow(/^DATA_DIR .* is not empty: move it out of the way/);
    const file = path.join(world.folder, 'a file');
    writeFileSync(file, '');
    for (const dataDir of [file, path.join(file, 'in it')])
      await expect(restore(backup, world.restoring({ dataDir }))).rejects.toThrow(/^DATA_DIR .*: name a folder\.$/);
  });

  it('leaves the key file that is there', async () => {
    await backUp(world.sources(), backup);
    const keysFile = path.join(world.folder, 'newer.json');
    writeFileSync(keysFile, 'newer');
    expect((await restore(backup, world.restoring({ keysFile }))).keys_restored).toBe(false);
    expect(readFileSync(keysFile, 'utf8')).toBe('newer');
  });

  it('takes the list of erased users of the folder that was backed up, while it is there, and says how many it applied', async () => {
    await backUp(world.sources(), backup);
    const added: string[] = [];
    const restored = async (lists: Readonly<Record<string, readonly string[]>>, named?: string): Promise<unknown> => {
      const target = world.restoring({
        readErased: (file) => Promise.resolve(lists[file] ?? Promise.reject(new Error(`${file} was not expected`))),
        addErased: (userIds) => Promise.resolve(void added.push(userIds.join())),
        erasedList: path.join(world.folder, 'own.erased'),
      });
      const { erased_list: list, erased_ids: ids } = await restore(backup, target, named);
      rmSync(target.dataDir, { recursive: true });
      return [list, ids, added.splice(0)];
    };
    const [ofOrigin, moved, own] = [
      world.inData('keys.json.erased'),
      ...['moved.erased', 'own.erased'].map((name) => path.join(world.folder, name)),
    ] as [string, string, string];
    writeFileSync(ofOrigin, '');
    expect(await restored({ [ofOrigin]: ['u1', 'u2'] })).toEqual([ofOrigin, 2, ['u1,u2']]);
    expect(await restored({ [ofOrigin]: [] })).toEqual([ofOrigin, 0, []]);
    // However the manifest is laid out.
    const manifest = path.join(backup, 'backup.json');
    writeFileSync(manifest, JSON.stringify(JSON.parse(readFileSync(manifest, 'utf8'))));
    expect(await restored({ [ofOrigin]: ['u1'] })).toEqual([ofOrigin, 1, ['u1']]);
    renameSync(ofOrigin, moved);
    expect(await restored({ [moved]: ['u1'] }, moved)).toEqual([moved, 1, ['u1']]);
    expect(await restored({})).toEqual([null, 0, []]);
    writeFileSync(own, '');
    // What is in its own list is applied when the log is marked.
    expect(await restored({ [own]: ['u3'] })).toEqual([own, 1, []]);
    expect(await restored({ [own]: ['u3'], [moved]: ['u1'] }, moved)).toEqual([moved, 1, ['u1']]);
  });

  it('changes nothing where a list of erased users is none, whichever it is', async () => {
    await backUp(world.sources(), backup);
    const own = path.join(world.folder, 'own.erased');
    const readErased = (file: string): Promise<never> => Promise.reject(new OperatorRefusedError(`${file}: line 1`));
    writeFileSync(own, '');
    const target = world.restoring({ readErased, erasedList: own });
    await expect(restore(backup, target)).rejects.toThrow(`${own}: line 1`);
    rmSync(own);
    writeFileSync(world.inData('keys.json.erased'), '');
    await expect(restore(backup, target)).rejects.toThrow('data/keys.json.erased: line 1');
    await expect(restore(backup, target, world.inData('keys.json'))).rejects.toThrow('data/keys.json: line 1');
    expect(existsSync(target.dataDir)).toBe(false);
  });

  it('removes what it has put there when it fails, with the files beside it and a folder that it made', async () => {
    await backUp(world.sources(), backup);
    const keysFile = path.join(world.folder, 'kept', 'keys.json');
    mkdirSync(path.dirname(keysFile));
    const left = (into: string): void => {
      for (const name of ['user-keys.db-wal', 'user-keys.db-shm', 'user-keys.db.lock', 'tokenledger.db.lock'])
        writeFileSync(path.join(into, name), '');
    };
    const failing: Partial<RestoreTarget>[] = [
      { checkUserKeys: () => Promise.reject(new Error('disk full')) },
      { importLog: () => Promise.reject(new Error('disk full')) },
      { markRestored: () => Promise.reject(new Error('disk full')) },
    ];
    for (const scripted of failing) {
      const target = world.restoring({ ...scripted, keysFile });
      const files = [...target.files, keysFile];
      const [name, reject] = Object.entries(scripted)[0] as [string, () => Promise<never>];
      const fails = (): Promise<never> => {
        left(target.dataDir);
        return reject();
      };
      await expect(restore(backup, { ...target, files, [name]: fails })).rejects.toThrow('disk full');
      expect(existsSync(target.dataDir)).toBe(false);
      expect(readdirSync(path.dirname(keysFile))).toEqual([]);
      mkdirSync(target.dataDir);
      writeFileSync(path.join(target.dataDir, 'keys.json.erased'), 'stays');
      await expect(restore(backup, { ...target, files, erasedList: null, [name]: fails })).rejects.toThrow('disk full');
      expect(readdirSync(target.dataDir)).toEqual(['keys.json.erased']);
      rmSync(target.dataDir, { recursive: true });
    }
    expect(await restore(backup, world.restoring({ keysFile }))).toMatchObject({ keys_restored: true });
  });

  it('takes nothing away of somebody who was faster', async () => {
    await backUp(world.sources(), backup);
    const target = world.restoring();
    const prepare = (): string[] => {
      mkdirSync(target.dataDir);
      writeFileSync(path.join(target.dataDir, 'user-keys.db'), 'of another');
      return [];
    };
    await expect(restore(backup, { ...target, prepare })).rejects.toThrow('EEXIST');
    expect(readdirSync(target.dataDir)).toEqual(['user-keys.db']);
  });

  it('says how many users’ keys were damaged before', async () => {
    await backUp(world.sources(), backup);
    const asked: unknown[] = [];
    const checkUserKeys = (check: unknown): Promise<number> => Promise.resolve(asked.push(check));
    expect(await restore(backup, world.restoring({ checkUserKeys }))).toMatchObject({ damaged_user_keys: 1 });
    expect(asked).toEqual([{ exported: null, keysRestored: true }]);
  });

  it('refuses a list of erased users that is a folder, and users’ keys that are none, in a sentence', async () => {
    await backUp(world.sources(), backup);
    await expect(restore(backup, world.restoring(), world.folder)).rejects.toThrow(OperatorRefusedError);
    for (const userKey of ['{"user_id":"u', '{"user_id":"u1"}', '7']) {
      rmSync(backup, { recursive: true });
      await backUp({ ...world.sources(), userKeys: { list: () => Promise.resolve([]) } }, backup);
      world.rewrite('user-keys/user-keys.jsonl', `{"user_id":"u0","wrapped_key":"AA"}\n${userKey}\n`);
      const target = world.restoring({ userKeysFile: null });
      await expect(restore(backup, target)).rejects.toThrow(/user-keys\.jsonl: line 2 is no user's key$/);
      expect(existsSync(target.dataDir)).toBe(false);
    }
  });

  it('refuses what is no finished backup, or one of another kind of installation', async () => {
    mkdirSync(backup);
    await expect(restore(backup, world.restoring())).rejects.toThrow(/no finished backup: backup\.json is missing/);
    await backUp(world.sources(), backup);
    rmSync(path.join(backup, 'log'), { recursive: true });
    await expect(restore(backup, world.restoring())).rejects.toThrow(/does not hold log\/events\.jsonl/);
    expect(existsSync(world.restoring().dataDir)).toBe(false);
  });
});
