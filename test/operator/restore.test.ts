import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { backUp } from '../../src/operator/backup.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
import { restore } from '../../src/operator/restore.js';
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
      erased_list: null,
    });
    expect(there).toEqual(['keys.json', 'tokenledger.db', 'user-keys.db']);
    for (const name of there) expect(statSync(path.join(target.dataDir, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(target.logFile!, 'utf8')).toBe(LOG);
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

  it('takes the list of erased users of the folder that was backed up, while it is there', async () => {
    await backUp(world.sources(), backup);
    const added: string[] = [];
    const addErased = (file: string): Promise<void> => Promise.resolve(void added.push(file));
    writeFileSync(world.inData('keys.json.erased'), '');
    const target = world.restoring({ addErased });
    expect((await restore(backup, target)).erased_list).toBe(world.inData('keys.json.erased'));
    const moved = path.join(world.folder, 'moved.erased');
    // However the manifest is laid out.
    const manifest = path.join(backup, 'backup.json');
    writeFileSync(manifest, JSON.stringify(JSON.parse(readFileSync(manifest, 'utf8'))));
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, world.restoring({ addErased: () => Promise.resolve() }))).erased_list).toBe(
      world.inData('keys.json.erased'),
    );
    renameSync(world.inData('keys.json.erased'), moved);
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, world.restoring({ addErased }), moved)).erased_list).toBe(moved);
    expect(added).toEqual([world.inData('keys.json.erased'), moved]);
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, world.restoring({ addErased }))).erased_list).toBeNull();
    // A manifest that somebody has edited is no reason to keep a backup from being restored.
    writeFileSync(path.join(backup, 'backup.json'), '{"erased_list": ');
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, world.restoring({ addErased }))).erased_list).toBeNull();
    writeFileSync(moved, '');
    rmSync(target.dataDir, { recursive: true });
    expect((await restore(backup, world.restoring({ addErased, erasedList: moved }))).erased_list).toBe(moved);
  });

  it('removes what it has put there when the log cannot be marked', async () => {
    await backUp(world.sources(), backup);
    const target = world.restoring({ markRestored: () => Promise.reject(new Error('disk full')) });
    await expect(restore(backup, target)).rejects.toThrow('disk full');
    expect(readdirSync(target.dataDir)).toEqual([]);
  });

  it('refuses a list of erased users that is a folder, and users’ keys that are none, in a sentence', async () => {
    await backUp(world.sources(), backup);
    await expect(restore(backup, world.restoring(), world.folder)).rejects.toThrow(OperatorRefusedError);
    const keys = path.join(backup, 'user-keys/user-keys.jsonl');
    for (const line of ['{"user_id":"u', '{"user_id":"u1"}', '7']) {
      writeFileSync(keys, `{"user_id":"u0","wrapped_key":"AA"}\n${line}\n`);
      const target = world.restoring({ logFile: null, userKeysFile: null });
      await expect(restore(backup, target)).rejects.toThrow(/user-keys\.jsonl: line 2 is no user's key$/);
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
