import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { openInstallation } from '../support/installation.js';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** Runs a script on a data folder. */
const script = (name: string, dataDir: string, ...args: readonly string[]): ReturnType<typeof runScript> =>
  runScript(name, { DATA_DIR: dataDir }, ...args);

const SIZE = ['--users', '5', '--devices', '2', '--days', '14', '--until', '2026-03-01T00:00:00.000Z'];

describe('tokenledger seed', () => {
  it('lives through logins, rotations, a theft and expiries, prints credentials, and a rebuild agrees', async () => {
    const seeded = await script('seed', folder.path, ...SIZE, '--users', '12');
    expect(seeded.code).toBe(0);
    expect(seeded.output).toMatch(/user001@example\.com {2}\w+-\w+-\w+-\d+/);
    expect(seeded.output).toMatch(/Whose token was stolen:\n {2}user001@example\.com, Laptop, session [\w-]{36}\n/);
    const installation = await openInstallation(folder.path);
    const events = await installation.events();
    await installation.close();
    const theft = await script('audit', folder.path, 'theft', 'user001@example.com', '--json');
    const { holders } = JSON.parse(theft.stdout) as { readonly holders: readonly { ip: string; user_agent: string }[] };
    expect(holders).toHaveLength(2);
    expect(new Set(holders.map(({ ip }) => ip)).size).toBe(2);
    expect(new Set(holders.map(({ user_agent }) => user_agent)).size).toBe(2);
    const types = new Set(events.map(([, type]) => type));
    for (const type of [
      'UserRegistered',
      'TokenIssued',
      'TokenRotated',
      'TokenRedelivered',
      'TokenReuseDetected',
      'TokenExpired',
    ])
      expect(types).toContain(type);
    const times = events.map(([, , occurredAt]) => occurredAt);
    expect(times).toEqual([...times].sort());
    expect(times[0]! >= '2026-02-15T00:00:00.000Z' && times.at(-1)! <= '2026-03-01T00:00:00.000Z').toBe(true);

    const rebuilt = await script('rebuild', folder.path);
    expect(rebuilt).toMatchObject({
      code: 0,
      output: expect.stringContaining(' 0 differences; the new read model is in place'),
    });
    const again = await script('seed', folder.path, ...SIZE);
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('not empty: confirm with --yes') });
    const confirmed = await script('seed', folder.path, ...SIZE, '--yes');
    expect(confirmed).toMatchObject({ code: 1, output: expect.stringContaining('is registered already') });
    expect(again.output + confirmed.output).not.toMatch(/\bat .*:\d+/);
  });

  it('gives the same history for the same seed, another for another', async () => {
    const histories: (readonly (readonly [string, string, string])[])[] = [];
    for (const [index, seed] of ['4', '4', '5'].entries()) {
      const own = `${folder.path}/${index}`;
      expect((await script('seed', own, ...SIZE, '--seed', seed)).code).toBe(0);
      const installation = await openInstallation(own);
      const events = await installation.events();
      // The streams of addresses are named under a key of the installation.
      histories.push(events.filter(([stream]) => !stream.includes('email-')));
      await installation.close();
    }
    expect(histories[1]).toEqual(histories[0]);
    expect(histories[2]).not.toEqual(histories[0]);
  });

  it.each([
    ['--users', '0'],
    ['--days', 'x'],
    ['--until', 'soon'],
    ['--until', '+270000-01-01'],
    ['--until', '1970-01-02'],
    ['--nothing'],
    ['--seed', '1.5'],
  ])('explains itself when called with %s %s', async (...args) => {
    const { code, output } = await script('seed', folder.path, ...args);
    expect(code).toBe(2);
    expect(output).toContain('npx tokenledger seed [--users 100]');
  });
});

describe('tokenledger rebuild', () => {
  it('O8: makes no installation where there is none', async () => {
    const missing = `${folder.path}/mistyped`;
    for (const args of [[], ['--check'], ['--check', '--json']]) {
      const refused = await script('rebuild', missing, ...args);
      expect(refused).toMatchObject({ code: 1, stdout: '', output: expect.stringContaining(`DATA_DIR ${missing}: `) });
    }
    expect(existsSync(missing)).toBe(false);
  });

  it('says that the read model is of another log: compares nothing, and makes it again with differences that are true', async () => {
    expect((await script('seed', folder.path, '--users', '1', '--devices', '1', '--days', '1')).code).toBe(0);
    const documents = Number(/ (\d+) documents/.exec((await script('rebuild', folder.path)).output)?.[1]);
    const takenForAnother = (): void => {
      const db = new Database(path.join(folder.path, 'tokenledger.db'), { timeout: 10_000 });
      db.prepare('update read_model_builds set last_event_id = ?').run(randomUUID());
      db.close();
    };
    takenForAnother();
    for (const args of [['--check'], ['--check', '--json']])
      expect(await script('rebuild', folder.path, ...args)).toMatchObject({
        ...{ code: 1, stdout: '' },
        output: expect.stringMatching(
          /^the read model is of another log, .*: nothing was compared; `rebuild` makes it again\n$/,
        ),
      });
    const remark = expect.stringContaining('The read model that was in place was of another log');
    expect(await script('rebuild', folder.path)).toMatchObject({ code: 0, output: remark });
    expect(await script('rebuild', folder.path, '--check')).toMatchObject({ code: 0 });
    takenForAnother();
    const { stdout, output } = await script('rebuild', folder.path, '--json');
    expect(output).toEqual(remark);
    expect(JSON.parse(stdout)).toEqual({ events: expect.any(Number), documents, differences: 0 });
  });

  it('names an event that is refused, in a sentence, and leaves what is there', async () => {
    expect((await script('seed', folder.path, '--users', '1', '--devices', '1', '--days', '1')).code).toBe(0);
    const installation = await openInstallation(folder.path);
    const id = randomUUID();
    await installation.appendUnknownEvent(`tokenledger_user-${randomUUID()}`, id);
    await installation.close();
    const { code, output } = await script('rebuild', folder.path);
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`^altered: event ${id} \\(NobodyKnows\\) of tokenledger_user-`));
    expect(output).not.toMatch(/\bat .*:\d+:\d+/);
  });
});
