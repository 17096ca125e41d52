import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { changeKeyFile } from '../../src/security/change-key-file.js';
import type { KeyFile } from '../../src/security/key-file-shape.js';
import { withKeyFileLock } from '../../src/security/key-file-lock.js';
import { createKeyFile, KeyFileError, readKeyFile } from '../../src/security/key-file.js';
import { loadKeys } from '../../src/security/load-keys.js';
import { addIntegrityKey } from '../support/integrity-key.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let lock: string;
beforeEach(async () => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'keys.json');
  lock = path.join(folder.path, '.keys.json.lock');
  await createKeyFile(file, NOW);
});
afterEach(() => folder.remove());

const addKey = (keys: KeyFile): KeyFile => addIntegrityKey(keys, NOW);

describe('changes of a key file', () => {
  it('are all in it, however many come at once', async () => {
    const changes = await Promise.all(Array.from({ length: 8 }, () => changeKeyFile({ file, change: addKey })));
    expect(changes.every(({ isChanged }) => isChanged)).toBe(true);
    expect((await readKeyFile(file)).integrity).toHaveLength(9);
    expect(readdirSync(folder.path)).toEqual(['keys.json']);
  });

  it('leave no lock and no other file behind when they fail or change nothing', async () => {
    const before = readFileSync(file, 'utf8');
    const refuse = (): never => {
      throw new Error('not this one');
    };
    await expect(changeKeyFile({ file, change: addKey, check: refuse })).rejects.toThrow('not this one');
    await expect(changeKeyFile({ file, change: refuse })).rejects.toThrow('not this one');
    expect(await changeKeyFile({ file, change: (keys) => keys, check: refuse })).toMatchObject({ isChanged: false });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(folder.path)).toEqual(['keys.json']);
  });

  it('wait for one that is under way', async () => {
    writeFileSync(lock, '');
    const waiting = changeKeyFile({ file, change: addKey });
    const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 100, 'waits'))]);
    expect(early).toBe('waits');
    unlinkSync(lock);
    expect(await waiting).toMatchObject({ isChanged: true });
  });

  it('are refused, naming the lock, when one does not end', async () => {
    writeFileSync(lock, '');
    const work = (): Promise<never> => Promise.reject(new Error('not reached'));
    const error: unknown = await withKeyFileLock(file, work, { maxWaitMs: 50 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KeyFileError);
    expect((error as KeyFileError).message).toContain(`remove ${lock}`);
    expect(readdirSync(folder.path)).toContain('.keys.json.lock');
  });

  it('go on after a process that was killed at one, also one whose number this process has now', async () => {
    const killed = spawnSync(process.execPath, ['-e', 'process.exit()']).pid;
    for (const pid of [killed, process.pid]) {
      writeFileSync(lock, `process ${pid} on ${hostname()}\n`);
      const changed = await withKeyFileLock(file, () => Promise.resolve('changed'), { maxWaitMs: 0 });
      expect(changed).toBe('changed');
      expect(readdirSync(folder.path)).toEqual(['keys.json']);
    }
  });

  it('wait for a process that is there, or on another machine', async () => {
    for (const holder of [`process ${process.ppid} on ${hostname()}\n`, 'process 1 on another-machine\n']) {
      writeFileSync(lock, holder);
      const changing = withKeyFileLock(file, () => Promise.resolve(), { maxWaitMs: 50 });
      await expect(changing).rejects.toThrow(`remove ${lock}`);
    }
    unlinkSync(lock);
    // One's own counts while it is held.
    const both = withKeyFileLock(file, () => withKeyFileLock(file, () => Promise.resolve(), { maxWaitMs: 50 }));
    await expect(both).rejects.toThrow(`remove ${lock}`);
  });

  it('of a file that is in no folder say so', async () => {
    const none = path.join(folder.path, 'none', 'keys.json');
    await expect(changeKeyFile({ file: none, change: addKey })).rejects.toMatchObject({ missing: true });
  });

  it('are made by none of several starts twice, and by no start that needs none', async () => {
    const ring = await Promise.all(
      Array.from({ length: 3 }, () => loadKeys({ file, mayCreate: false, alg: 'ES256' }, NOW)),
    );
    expect(new Set(ring.map(({ access }) => access[0]!.kid)).size).toBe(1);
    expect((await readKeyFile(file)).access).toHaveLength(2);
    // Also while a change is under way.
    writeFileSync(lock, '');
    expect(await loadKeys({ file, mayCreate: false, alg: 'ES256' }, NOW)).toEqual(ring[0]);
  });
});
