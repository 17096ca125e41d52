import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { readKeyFile } from '../../src/security/key-file.js';
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

describe('npm run seed', () => {
  it('lives through logins, rotations, a theft and expiries, prints credentials, and a rebuild agrees', async () => {
    const seeded = await script('seed', folder.path, ...SIZE, '--users', '12');
    expect(seeded.code).toBe(0);
    expect(seeded.output).toMatch(/user001@example\.com {2}\w+-\w+-\w+-\d+/);
    const installation = await openInstallation(folder.path);
    const events = await installation.events();
    await installation.close();
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
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('is registered already') });
    expect(again.output).not.toMatch(/\bat .*:\d+/);
  }, 60_000);

  it('gives the same history for the same seed, another for another', async () => {
    const histories: (readonly (readonly [string, string, string])[])[] = [];
    for (const [index, seed] of ['4', '4', '5'].entries()) {
      const own = `${folder.path}/${index}`;
      expect((await script('seed', own, ...SIZE, '--seed', seed)).code).toBe(0);
      const installation = await openInstallation(own);
      const events = await installation.events();
      // The streams of addresses are named under a key of the installation.
      histories.push(events.filter(([stream]) => !stream.startsWith('email-')));
      await installation.close();
    }
    expect(histories[1]).toEqual(histories[0]);
    expect(histories[2]).not.toEqual(histories[0]);
  }, 60_000);

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
    expect(output).toContain('npm run seed -- [--users 100]');
  });
});

describe('npm run rebuild', () => {
  it('names an event that cannot be applied, in a sentence, and leaves what is there', async () => {
    expect((await script('seed', folder.path, '--users', '1', '--devices', '1', '--days', '1')).code).toBe(0);
    const installation = await openInstallation(folder.path);
    await installation.appendUnknownEvent('user-nobody', randomUUID());
    await installation.close();
    const { code, output } = await script('rebuild', folder.path);
    expect(code).toBe(1);
    expect(output).toMatch(/the live read model stays.* NobodyKnows at \d{20}: /);
    expect(output).not.toMatch(/\bat .*:\d+:\d+/);
  }, 30_000);
});

describe('npm run keys', () => {
  const said = (text: string): unknown => expect.stringContaining(text);

  it('makes a key file for its owner alone, once, and lists it without a secret', async () => {
    const file = path.join(folder.path, 'keys.json');
    expect(await script('keys', folder.path)).toMatchObject({ code: 1, output: said('no such file') });
    const made = await script('keys', folder.path, 'init');
    expect([made.code, made.output.trim().split('\n').length]).toEqual([0, 6]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const keys = await readKeyFile(file);
    for (const secret of JSON.stringify(keys).match(/[\w-]{43}/g)!) expect(made.output).not.toContain(secret);
    expect(await script('keys', folder.path, 'init')).toMatchObject({ code: 1, output: said('already') });
    expect(await script('keys', folder.path, 'init', '--if-missing')).toEqual(made);
    expect(await readKeyFile(file)).toEqual(keys);
  }, 30_000);

  it('makes none where there is data that needs the old ones', async () => {
    await (await openInstallation(folder.path)).close();
    const refused = await script('keys', folder.path, 'init', '--if-missing');
    expect(refused).toMatchObject({ code: 1, output: said('put them back') });
    expect(existsSync(path.join(folder.path, 'keys.json'))).toBe(false);
  });

  it('prepares keys, then rotates to them 70 seconds later, or at once', async () => {
    await script('keys', folder.path, 'init');
    const prepared = await script('keys', folder.path, 'prepare');
    expect(prepared.output.match(/signs from the next rotation on$/gm)).toHaveLength(3);
    const waiting = prepared.output.match(/^\S+(?=.*next rotation on$)/gm)!;
    const rotated = await script('keys', folder.path, 'rotate', '--overlap-days', '2');
    expect(rotated.output.match(/^\S+(?=.*verifies, signs from \d)/gm)!).toEqual(waiting);
    expect(rotated.output.match(/ signs, verifies until/g)).toHaveLength(3);
    const hastened = await script('keys', folder.path, 'rotate', '--now');
    expect(hastened.output.match(/^\S+(?= +(refresh|access|mail).* signs$)/gm)!).toEqual(waiting);
    const again = await script('keys', folder.path, 'rotate', '--now', '--overlap-days', '0');
    expect(again.output.match(/^\S+ +(refresh|access|mail) /gm)).toHaveLength(3);
  }, 30_000);

  it.each([
    ['dance'],
    ['list', '--if-missing'],
    ['prepare', '--overlap-days', '1'],
    ['prepare', '--now'],
    ['rotate', '--overlap-days', 'x'],
    ['rotate', '--overlap-days', '1e9'],
  ])('explains itself when called with %s %s %s', async (...args: string[]) => {
    const { code, output } = await script('keys', folder.path, ...args);
    expect(code).toBe(2);
    expect(output).toContain('npm run keys -- init');
  });
});
