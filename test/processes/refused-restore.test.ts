/** A restore that would leave an installation in which nobody can sign in, and one that fails halfway, leave nothing. */
import { beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import type { BackupManifest } from '../../src/operator/backup-manifest.js';
import { digestOf } from '../../src/operator/digest.js';
import { signedInUser, type SignedIn } from '../support/admin.js';
import { startApp } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const at = (...names: string[]): string => path.join(folder.path, ...names);
const env = { DATA_DIR: at('data'), KEYS_FILE: at('keys', 'keys.json') };
let user: SignedIn;
let count = 0;
beforeAll(async () => {
  mkdirSync(at('keys'));
  expect((await runScript('keys', env, 'init')).code).toBe(0);
  const app = await startApp({ folder: env.DATA_DIR, env: { KEYS_FILE: env.KEYS_FILE } });
  user = await signedInUser(app, 'Ada');
  await signedInUser(app, 'Bea');
  await app.close();
  expect((await runScript('backup', env, at('backup'))).code).toBe(0);
  copyFileSync(env.KEYS_FILE, at('former.json'));
});
afterAll(() => folder.remove());

/** A copy of the backup, a place to restore it into, and a place for its key file. */
function scene(): { readonly backup: string; readonly into: { readonly DATA_DIR: string; readonly KEYS_FILE: string } } {
  count += 1;
  const [backup, keys] = [at(`backup${count}`), at(`keys${count}`)];
  cpSync(at('backup'), backup, { recursive: true });
  mkdirSync(keys);
  return { backup, into: { DATA_DIR: at(`restored${count}`), KEYS_FILE: path.join(keys, 'keys.json') } };
}

/** Has the manifest name the users' keys as they are now: as if they had been backed up so. */
async function takeUserKeys(backup: string): Promise<void> {
  const file = path.join(backup, 'backup.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as BackupManifest;
  const name = 'user-keys/user-keys.db';
  const { bytes, sha256 } = await digestOf(path.join(backup, name));
  const files = manifest.files.map((part) => (part.path === name ? { path: name, bytes, sha256 } : part));
  writeFileSync(file, JSON.stringify({ ...manifest, files }));
}

async function statusOfLogin(into: { readonly DATA_DIR: string; readonly KEYS_FILE: string }): Promise<number> {
  const app = await startApp({ folder: into.DATA_DIR, env: { KEYS_FILE: into.KEYS_FILE } });
  try {
    return (await app.api.login(user)).status;
  } finally {
    await app.close();
  }
}

describe('a restore beside a key file whose master key was replaced since', () => {
  it('is refused with what to do, leaves nothing, and goes on after that', async () => {
    const { backup, into } = scene();
    cpSync(env.DATA_DIR, at('rewrapped'), { recursive: true });
    copyFileSync(env.KEYS_FILE, into.KEYS_FILE);
    const rewrapping = { ...into, DATA_DIR: at('rewrapped') };
    expect((await runScript('keys', rewrapping, 'rewrap')).code).toBe(0);
    const { code, output } = await runScript('restore', into, backup);
    expect([code, output]).toEqual([
      1,
      expect.stringContaining(`the key file ${into.KEYS_FILE} does not open 2 of 2 users’ keys`),
    ]);
    expect(output).toContain(`Move ${into.KEYS_FILE} elsewhere`);
    expect(existsSync(into.DATA_DIR)).toBe(false);
    renameSync(into.KEYS_FILE, at('moved.json'));
    expect(await runScript('restore', into, backup)).toMatchObject({ code: 0 });
    expect(await statusOfLogin(into)).toBe(200);
    // What is sealed by the former master key opens no more with the key file of now: the start says so.
    copyFileSync(at('moved.json'), into.KEYS_FILE);
    await expect(statusOfLogin(into)).rejects.toThrow(/has the master key of no user's key in .*nobody could sign in/);
    copyFileSync(path.join(backup, 'keys/keys.json'), into.KEYS_FILE);
    expect(await statusOfLogin(into)).toBe(200);
  });

  it('is taken beside the key file of the backup, which stays', async () => {
    const { backup, into } = scene();
    copyFileSync(at('former.json'), into.KEYS_FILE);
    const done = await runScript('restore', into, backup);
    expect([done.code, done.output]).toEqual([0, expect.stringContaining('was there and stays')]);
    expect(await statusOfLogin(into)).toBe(200);
  });

  it('is refused beside a key file that is none', async () => {
    const { backup, into } = scene();
    writeFileSync(into.KEYS_FILE, '{', { mode: 0o600 });
    expect(await runScript('restore', into, backup)).toMatchObject({
      code: 1,
      output: expect.stringContaining('not JSON'),
    });
    expect(existsSync(into.DATA_DIR)).toBe(false);
    expect(readdirSync(path.dirname(into.KEYS_FILE))).toEqual(['keys.json']);
  });
});

describe('a restore of users’ keys', () => {
  it('that are no database is refused, though the manifest names them so, and leaves nothing', async () => {
    const { backup, into } = scene();
    writeFileSync(
      path.join(backup, 'user-keys/user-keys.db'),
      'no database, but for long enough to be looked at as one'.repeat(99),
    );
    await takeUserKeys(backup);
    for (let time = 0; time < 2; time += 1) {
      const { code, output } = await runScript('restore', into, backup);
      expect([code, output]).toEqual([1, expect.stringMatching(/user-keys\.db.*not a database/)]);
      expect([existsSync(into.DATA_DIR), readdirSync(path.dirname(into.KEYS_FILE))]).toEqual([false, []]);
    }
  });

  it('of which some were damaged before the backup says how many', async () => {
    const { backup, into } = scene();
    const db = new Database(path.join(backup, 'user-keys/user-keys.db'));
    db.prepare("update user_keys set wrapped_key = cast(wrapped_key || x'00' as blob) where user_id <> ?").run([
      user.userId,
    ]);
    db.close();
    await takeUserKeys(backup);
    const done = await runScript('restore', into, backup);
    expect([done.code, done.output]).toEqual([0, expect.stringContaining("1 of the users' keys does not open")]);
    expect(await statusOfLogin(into)).toBe(200);
  });

  it('of which none opens is refused', async () => {
    const { backup, into } = scene();
    const db = new Database(path.join(backup, 'user-keys/user-keys.db'));
    db.exec("update user_keys set wrapped_key = cast('other.' || wrapped_key as blob)");
    db.close();
    await takeUserKeys(backup);
    expect(await runScript('restore', into, backup)).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        'the key file of this backup opens none of the users’ keys (2 of 2 users’ keys do not open)',
      ),
    });
    expect(existsSync(into.DATA_DIR)).toBe(false);
  });
});

describe('a restore of a damaged backup', () => {
  it.each<[string, (backup: string) => void]>([
    [
      'log/events.jsonl is not what was backed up',
      (backup) => {
        const file = path.join(backup, 'log/events.jsonl');
        writeFileSync(file, `${readFileSync(file, 'utf8').split('\n').slice(0, 5).join('\n')}\n`);
      },
    ],
    ['user-keys.db is not what was backed up', (backup) => writeFileSync(path.join(backup, 'user-keys/user-keys.db'), '')],
    ['backup.json cannot be read', (backup) => writeFileSync(path.join(backup, 'backup.json'), '{')],
  ])('is refused: %s', async (sentence, damage) => {
    const { backup, into } = scene();
    damage(backup);
    const { code, output } = await runScript('restore', into, backup);
    expect([code, output]).toEqual([1, expect.stringContaining(sentence)]);
    expect([existsSync(into.DATA_DIR), readdirSync(path.dirname(into.KEYS_FILE))]).toEqual([false, []]);
  });

  it('that fails late can be tried again in the same folder', async () => {
    const { backup, into } = scene();
    // The digest is right, and the line is no event: that is seen while the log is read.
    const file = path.join(backup, 'backup.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as BackupManifest;
    const log = path.join(backup, 'log/events.jsonl');
    const whole = readFileSync(log);
    appendFileSync(log, '{}\n');
    const found = await digestOf(log);
    const files = manifest.files.map((part) => (part.path === 'log/events.jsonl' ? { path: part.path, ...found } : part));
    writeFileSync(file, JSON.stringify({ ...manifest, files }));
    mkdirSync(into.DATA_DIR);
    expect(await runScript('restore', into, backup)).toMatchObject({
      code: 1,
      output: expect.stringContaining('events.jsonl: '),
    });
    expect([readdirSync(into.DATA_DIR), readdirSync(path.dirname(into.KEYS_FILE))]).toEqual([[], []]);
    rmSync(file);
    writeFileSync(file, JSON.stringify(manifest));
    writeFileSync(log, whole);
    expect(await runScript('restore', into, backup)).toMatchObject({ code: 0 });
    expect(await statusOfLogin(into)).toBe(200);
  });
});
