import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteOpenError } from '../../src/adapters/sqlite/errors.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { startChild } from '../support/child-process.js';
import { mount, mountingIt, unmount } from '../support/mounting.js';
import { SQLITE_TEST_JOBS } from '../support/sqlite-jobs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const HOLDER = new URL('../support/open-file.js', import.meta.url);

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'test.db');
});
afterEach(() => folder.remove());

const open = (at = file, jobs = [SQLITE_TEST_JOBS]): Promise<SqliteFile> => SqliteFile.open(at, { jobs });

async function openAndFill(): Promise<void> {
  const opened = await open();
  for (let index = 0; index < 50; index += 1) {
    await opened.client('event store').run('addLarge', { name: `name ${index}`, bytes: 5_000 });
  }
  await opened.close();
}

describe('a file that is in use', () => {
  it('is refused to a second process, which says by whom; free again once the holder was killed', async () => {
    const holder = startChild(HOLDER, file);
    await holder.says('opened');
    const second = startChild(HOLDER, file);
    await second.ended;
    expect(second.output()).toContain(`cannot open ${file}: in use by process ${holder.process.pid}`);
    await expect(open()).rejects.toThrow(`in use by process ${holder.process.pid}`);
    holder.process.kill('SIGKILL');
    await holder.ended;
    const opened = await open();
    await opened.close();
  });

  it('is refused a second time within the process, also by another path, and stays locked then', async () => {
    const opened = await open();
    await expect(open()).rejects.toThrow(SqliteOpenError);
    await expect(open(path.join(folder.path, 'x', '..', 'test.db'))).rejects.toThrow(`in use by process ${process.pid}`);
    const other = startChild(HOLDER, file);
    await other.ended;
    expect(other.output()).toContain(`in use by process ${process.pid}`);
    await opened.close();
    await (await open()).close();
  });

  it('is refused by its other names: symbolic links to it and to its folder, and hard links', async () => {
    const opened = await open();
    const [toFile, toFolder, hard] = ['to-file.db', 'to-folder', 'hard.db'].map((name) => path.join(folder.path, name));
    symlinkSync(file, toFile!);
    symlinkSync(folder.path, toFolder!);
    for (const at of [toFile!, path.join(toFolder!, 'test.db')]) {
      const other = startChild(HOLDER, at);
      await other.ended;
      expect(other.output()).toContain(`cannot open ${at}: in use by process ${process.pid}`);
      await expect(open(at)).rejects.toThrow(`in use by process ${process.pid}`);
    }
    linkSync(file, hard!);
    await expect(open(hard)).rejects.toThrow(/second name/);
    rmSync(hard!);
    rmSync(`${file}.lock`);
    await expect(open(toFile)).rejects.toThrow(`in use by process ${process.pid}`);
    await opened.close();
  });

  it('goes to exactly one of several processes that start at once', async () => {
    const children = Array.from({ length: 4 }, () => startChild(HOLDER, file));
    await Promise.any(children.map((child) => child.says('opened')));
    const losers = await Promise.race([...combinationsOfThree(children)]);
    const [winner] = children.filter((child) => !losers.includes(child));
    for (const loser of losers) expect(loser.output()).toContain('in use by');
    expect(winner!.output()).toContain('opened');
    winner!.process.kill('SIGKILL');
    await winner!.ended;
  });
});

/** For each child: the others, once all of them have ended. */
function* combinationsOfThree<C extends { ended: Promise<void> }>(children: readonly C[]): Generator<Promise<C[]>> {
  for (const left of children) {
    const others = children.filter((child) => child !== left);
    yield Promise.all(others.map((child) => child.ended)).then(() => others);
  }
}

describe('S13: who can read a file', () => {
  const others = (at: string): number => statSync(at).mode & 0o077;

  it('is its owner alone, also in a folder that was there already, open to all', async () => {
    chmodSync(folder.path, 0o777);
    const opened = await open();
    await opened.client('event store').run('add', 'a');
    for (const at of [file, `${file}-wal`, `${file}-shm`, `${file}.lock`]) expect([at, others(at)]).toEqual([at, 0]);
    await opened.close();
  });

  it('is its owner alone also if it was open to others before', async () => {
    await (await open()).close();
    chmodSync(file, 0o644);
    const opened = await open();
    expect(others(file)).toBe(0);
    await opened.close();
  });

  it('and who can read a folder that is made for it, likewise', async () => {
    const at = path.join(folder.path, 'data', 'test.db');
    await (await open(at)).close();
    expect(others(path.dirname(at))).toBe(0);
  });
});

describe('a file that cannot be used', () => {
  const refused = async (reason: RegExp, at = file): Promise<void> => {
    const opening = open(at);
    await expect(opening).rejects.toThrow(SqliteOpenError);
    await expect(opening).rejects.toThrow(`cannot open ${at}: `);
    await expect(opening).rejects.toThrow(reason);
  };

  it('is refused if it is no database, and left as it is', async () => {
    writeFileSync(file, 'no database at all\n'.repeat(500));
    await refused(/file is not a database/);
    expect(readFileSync(file, 'utf8')).toBe('no database at all\n'.repeat(500));
  });

  it('is refused if it was cut off', async () => {
    await openAndFill();
    truncateSync(file, statSync(file).size / 2);
    await refused(/malformed/);
  });

  it('is refused if a part was overwritten', async () => {
    await openAndFill();
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(4_096 - 100, 0xff), 0, 4_096 - 100, 100);
    closeSync(handle);
    await refused(/malformed/);
  });

  it('is refused where no file can be', async () => {
    writeFileSync(path.join(folder.path, 'a-file'), '');
    await refused(/EEXIST|ENOTDIR/, path.join(folder.path, 'a-file', 'test.db'));
    mkdirSync(file);
    await refused(/cannot be written/);
  });

  mountingIt('is refused in a folder that is mounted for reading only', async () => {
    await openAndFill();
    mount(['--bind', folder.path, folder.path]);
    try {
      mount(['-o', 'remount,ro,bind', folder.path]);
      await refused(/cannot be written|readonly/);
    } finally {
      unmount(folder.path);
    }
    await (await open()).close();
  });

  it('is refused if two jobs have the same name', async () => {
    await expect(open(file, [SQLITE_TEST_JOBS, new URL('?again', SQLITE_TEST_JOBS)])).rejects.toThrow('two jobs are named');
    await (await open()).close();
  });
});
