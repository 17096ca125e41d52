import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { openInstallation } from '../support/installation.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** Runs a script as npm would, on a data folder. */
function script(name: string, dataDir: string, ...args: readonly string[]): Promise<{ code: number; output: string }> {
  const file = fileURLToPath(new URL(`../../scripts/${name}.js`, import.meta.url));
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, DATA_DIR: dataDir };
    execFile(process.execPath, [file, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

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
  it('lists the keys without a secret, and rotates them', async () => {
    expect(await script('keys', folder.path)).toMatchObject({ code: 1, output: expect.stringContaining('no such file') });
    expect((await script('seed', folder.path, '--users', '1', '--devices', '1', '--days', '1')).code).toBe(0);
    const listed = await script('keys', folder.path);
    expect(listed.output.trim().split('\n')).toHaveLength(2);
    const rotated = await script('keys', folder.path, 'rotate', '--overlap-days', '2');
    expect(rotated.output.trim().split('\n')).toHaveLength(4);
    expect(rotated.output.match(/signs/g)).toHaveLength(2);
    expect(rotated.output.match(/verifies until/g)).toHaveLength(2);
    expect((await script('keys', folder.path, 'dance')).code).toBe(2);
    for (const days of ['x', '', '-1', '1e9', 'Infinity'])
      expect(await script('keys', folder.path, 'rotate', `--overlap-days=${days}`)).toMatchObject({
        code: 2,
        output: expect.stringContaining('must be a number from 0'),
      });
  }, 30_000);
});
