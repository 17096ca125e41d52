import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { live, type Lived } from '../support/archivable.js';
import { runScript } from '../support/script.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DAY_MS = 86_400_000;

let folder: ReturnType<typeof temporaryFolder>;
let people: Lived;
let server: ServerProcess | null;
beforeEach(async () => {
  folder = temporaryFolder();
  server = null;
  people = await live(folder.path);
});
afterEach(async () => {
  await server?.end('SIGKILL');
  folder.remove();
});

const tool = (...[name = '', ...args]: readonly string[]): ReturnType<typeof runScript> =>
  runScript(name, { DATA_DIR: folder.path }, ...args);
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

it('archives by itself and beside a server, under both names, and says what it did', async () => {
  const before = await tool('audit', 'timeline', people.users[0]!, '--json');
  const size = statSync(path.join(folder.path, 'tokenledger.db')).size;
  const first = await tool('archive', '--before', daysAgo(40), '--shrink', '--json');
  expect(first.code).toBe(0);
  const report = JSON.parse(first.stdout) as { readonly archive: string; readonly log_bytes: number };
  expect(report).toMatchObject({
    ...{ archive: expect.any(String), events: expect.any(Number), streams: expect.any(Number), bytes: expect.any(Number) },
    ...{ digest: expect.stringMatching(/^[0-9a-f]{64}$/), position: expect.stringMatching(/^\d{20}$/) },
  });
  expect(readdirSync(path.join(folder.path, 'archives'))).toEqual([report.archive]);
  expect(report.log_bytes).toBeLessThanOrEqual(size);

  server = await startServerProcess({ DATA_DIR: folder.path });
  const shrinking = await tool('audit', 'archive', '--before', daysAgo(2), '--shrink');
  expect(shrinking).toMatchObject({ code: 1, output: expect.stringContaining('a server is running') });
  const second = await tool('audit', 'archive', '--before', daysAgo(2));
  expect(second).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+ events of \d+ devices are in .*archives/) });
  const third = await tool('archive', '--before', daysAgo(2), '--json');
  expect(third.code).toBe(0);
  expect(JSON.parse(third.stdout)).toMatchObject({ archive: null, events: 0, streams: 0, bytes: 0, digest: null });
  expect((await tool('audit', 'timeline', people.users[0]!, '--json')).stdout).toBe(before.stdout);
  expect((await tool('rebuild', '--check')).code).toBe(0);
}, 240_000);

it.each([
  ['no moment', []],
  ['no instant', ['--before', 'last year']],
  ['a number', ['--before', '1700000000']],
  ['the future', ['--before', '2999-01-01']],
  ['an unknown option', ['--before', '2020-01-01', '--everything']],
  ['no folder', ['--before', '2020-01-01', '--out', '']],
])(
  'is used wrongly: %s',
  async (_, args) => {
    const answer = await tool('archive', ...args);
    expect(answer).toMatchObject({ code: 2, output: expect.stringContaining('--before T'), stdout: '' });
    expect(existsSync(path.join(folder.path, 'archives'))).toBe(false);
  },
  240_000,
);

it('refuses a folder that cannot be written, in a sentence, and leaves the log as it is', async () => {
  const answer = await tool('archive', '--before', daysAgo(2), '--out', '/proc/archives');
  expect(answer).toMatchObject({ code: 1, output: expect.stringContaining('/proc') });
  expect(answer.output).not.toMatch(/\bat .*:\d+/);
  const verified = await tool('audit', 'verify', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, unsealed: expect.any(Number) });
}, 240_000);
