/** A backup that is not what was written is refused before anything is changed. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { backUp } from '../../src/operator/backup.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
import { restore } from '../../src/operator/restore.js';
import { BackupWorld } from '../support/backup-world.js';

let world: BackupWorld;
beforeEach(async () => {
  world = new BackupWorld();
  await backUp(world.sources(), world.backup);
});
afterEach(() => world.close());

const at = (name: string): string => path.join(world.backup, name);

async function refusal(): Promise<string> {
  const target = world.restoring();
  const error: unknown = await restore(world.backup, target).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OperatorRefusedError);
  expect(existsSync(target.dataDir)).toBe(false);
  return (error as OperatorRefusedError).message;
}

const LOG_FILE = 'log/events.jsonl';
const USER_KEYS = 'user-keys/user-keys.db';
const flip = (file: string, offset: number): void => {
  const bytes = readFileSync(file);
  bytes[offset] = bytes[offset]! ^ 1;
  writeFileSync(file, bytes);
};

describe('a backup', () => {
  it.each<[string, string, () => void, string]>([
    [
      'whose log was cut off behind a line',
      LOG_FILE,
      () => writeFileSync(at(LOG_FILE), readFileSync(at(LOG_FILE), 'utf8').split('\n')[0]! + '\n'),
      'lines: 1 instead of 2',
    ],
    ['whose log was cut off within a line', LOG_FILE, () => truncateSync(at(LOG_FILE), 30), 'lines: 1 instead of 2'],
    ['whose log has a line more', LOG_FILE, () => appendFileSync(at(LOG_FILE), '{}\n'), 'lines: 3 instead of 2'],
    ['whose log has another bit', LOG_FILE, () => flip(at(LOG_FILE), 12), 'its SHA-256 is another'],
    ['whose users’ keys are empty', USER_KEYS, () => truncateSync(at(USER_KEYS), 0), 'bytes: 0 instead of'],
    ['whose users’ keys have another bit', USER_KEYS, () => flip(at(USER_KEYS), 4_000), 'its SHA-256 is another'],
    [
      'whose key file is another one',
      'keys/keys.json',
      () => writeFileSync(at('keys/keys.json'), '{"secret":2}'),
      'its SHA-256 is another',
    ],
  ])('%s is refused, and the file is named', async (_, name, damage, difference) => {
    damage();
    const message = await refusal();
    expect(message).toContain(`${at(name)} is not what was backed up`);
    expect(message).toContain(difference);
  });

  it.each([LOG_FILE, USER_KEYS, 'keys/keys.json'])('without its part %s is refused', async (name) => {
    rmSync(at(name));
    expect(await refusal()).toContain(`does not hold ${name}: put the parts of the backup together again`);
  });

  it.each<[string, string | ((manifest: object) => object), string]>([
    ['is empty', '', 'it is no JSON'],
    ['was cut off', '{', 'it is no JSON'],
    [
      'is of a newer version',
      (manifest) => ({ ...manifest, version: 9 }),
      'is of version 9, and this tokenledger reads version 2',
    ],
    [
      'is of the version without digests',
      { version: 1, files: [LOG_FILE] } as never,
      'is of version 1, and this tokenledger reads version 2',
    ],
    ['is another document', '[]', 'it does not say what the backup holds'],
    ['has no version', (manifest) => ({ ...manifest, version: undefined }), 'it does not say what'],
    [
      'does not say where the erased are listed',
      (manifest) => ({ ...manifest, erased_list: undefined }),
      'it does not say',
    ],
    [
      'names a file elsewhere',
      (manifest) => ({ ...manifest, files: [{ path: '../x', bytes: 0, sha256: '' }] }),
      'it does not say',
    ],
    [
      'names no files',
      (manifest) => ({ ...manifest, files: [] }),
      `does not hold keys/keys.json and ${USER_KEYS} and ${LOG_FILE}`,
    ],
  ])('whose manifest %s is refused', async (_, change, reason) => {
    const manifest = JSON.parse(readFileSync(at('backup.json'), 'utf8')) as object;
    const changed = typeof change === 'function' ? change(manifest) : change;
    writeFileSync(at('backup.json'), typeof changed === 'string' ? changed : JSON.stringify(changed));
    expect(await refusal()).toContain(reason);
  });

  it('whose manifest is a folder is refused', async () => {
    rmSync(at('backup.json'));
    mkdirSync(at('backup.json'));
    expect(await refusal()).toMatch(/backup\.json cannot be read: .*EISDIR/);
  });
});
