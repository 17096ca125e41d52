import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { readOperatorFile, removeOperatorFile, writeOperatorFile } from '../../src/operator/operator-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ACCESS = { url: 'http://127.0.0.1:1', token: 'a-token' };
const NAME = 'operator.json';

let folder: ReturnType<typeof temporaryFolder>;
const inFolder = (name: string): string => path.join(folder.path, name);
beforeEach(async () => {
  folder = temporaryFolder();
  mkdirSync(inFolder('live'));
  await writeOperatorFile(inFolder('live'), ACCESS);
});
afterEach(() => folder.remove());

describe('the file by which the tool finds a running server', () => {
  it('leads nobody there from a copy of its folder, which no server has', async () => {
    cpSync(inFolder('live'), inFolder('copy'), { recursive: true, preserveTimestamps: true });
    expect(await readOperatorFile(inFolder('copy'))).toBe('elsewhere');
    expect(await readOperatorFile(inFolder('live'))).toEqual(ACCESS);
  });

  it('leads nobody there from a copy that took the place of its folder', async () => {
    cpSync(inFolder('live'), inFolder('copy'), { recursive: true });
    rmSync(inFolder('live'), { recursive: true });
    renameSync(inFolder('copy'), inFolder('live'));
    expect(await readOperatorFile(inFolder('live'))).toBe('elsewhere');
  });

  it('leads nobody there while it has a second name: either folder may be the copy', async () => {
    mkdirSync(inFolder('copy'));
    linkSync(path.join(inFolder('live'), NAME), path.join(inFolder('copy'), NAME));
    expect(await readOperatorFile(inFolder('copy'))).toBe('elsewhere');
    expect(await readOperatorFile(inFolder('live'))).toBe('elsewhere');
    rmSync(inFolder('copy'), { recursive: true });
    expect(await readOperatorFile(inFolder('live'))).toEqual(ACCESS);
  });

  it('leads there from every path of its folder: a link to it, and another name', async () => {
    symlinkSync(inFolder('live'), inFolder('link'));
    expect(await readOperatorFile(inFolder('link'))).toEqual(ACCESS);
    renameSync(inFolder('live'), inFolder('moved'));
    expect(await readOperatorFile(inFolder('moved'))).toEqual(ACCESS);
  });

  (existsSync('/proc/sys/kernel/random/boot_id') ? it : it.skip)(
    'leads nobody there from an image of the disk on another machine, or after another start',
    async () => {
      const file = path.join(inFolder('live'), NAME);
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      writeFileSync(file, readFileSync(file, 'utf8').replace(boot, '8e2f1c5a-0000-4000-8000-000000000000'));
      expect(await readOperatorFile(inFolder('live'))).toBe('elsewhere');
    },
  );

  it('leads there where its server or the tool may not see which start of the machine it is', async () => {
    const file = path.join(inFolder('live'), NAME);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"identity":"[^:]*:/, '"identity":":'));
    expect(await readOperatorFile(inFolder('live'))).toEqual(ACCESS);
  });

  it('is missing where no server is', async () => {
    expect(await readOperatorFile(folder.path)).toBeNull();
  });

  it('is removed by its server also where a copy was put back in its place', async () => {
    const file = path.join(inFolder('live'), NAME);
    cpSync(file, inFolder(NAME));
    renameSync(inFolder(NAME), file);
    expect(await readOperatorFile(inFolder('live'))).toBe('elsewhere');
    await removeOperatorFile(inFolder('live'), { ...ACCESS, token: 'of another server' });
    expect(existsSync(file)).toBe(true);
    await removeOperatorFile(inFolder('live'), ACCESS);
    expect(existsSync(file)).toBe(false);
  });
});
