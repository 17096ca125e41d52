import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { wordsOfIntegrity, wordsOfRewrap } from '../../scripts/commands/keys.js';
import type { ListedKey } from '../../src/operator/key-actions.js';
import { readKeyFile } from '../../src/security/key-file.js';
import { runScript } from '../support/script.js';
import { startServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const keys = (...args: readonly string[]): ReturnType<typeof runScript> =>
  runScript('keys', { DATA_DIR: folder.path }, ...args);
const said = (text: string): unknown => expect.stringContaining(text);
const listed = async (...args: readonly string[]): Promise<ListedKey[]> => {
  const { code, stdout } = await keys(...args, '--json');
  expect(code).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ListedKey);
};
const kids = (list: readonly ListedKey[], state: ListedKey['state'], use: ListedKey['use']): string[] =>
  list.filter((key) => key.state === state && key.use === use).map(({ kid }) => kid);

describe('the words of a replaced master key', () => {
  it('say what is left to do while the former one is still in use', () => {
    const words = wordsOfRewrap({ outcome: 'added', rewrapped: 0 });
    expect(words).toContain('No user’s key is wrapped by it yet');
    expect(words).toMatch(/SIGHUP to every instance .* run keys rewrap once more/s);
    expect(words).not.toMatch(/keys are wrapped/);
  });

  it('say how many keys were wrapped, and that the former one is dropped', () => {
    expect(wordsOfRewrap({ outcome: 'replaced', rewrapped: 7 })).toMatch(/^7 users’ keys are wrapped .* dropped/);
  });
});

describe('the words of a change of the integrity key', () => {
  it.each([
    ['added', /^The new integrity key next .* signs nothing yet\.\n.*SIGHUP to every instance/],
    ['signs', /^The new integrity key next comes first .*\n.*wait 70 seconds and run keys integrity once more/],
    ['changed', /^Events are signed by integrity key next from here on/],
  ] as const)('say what is left to do: %s', (outcome, words) => {
    expect(wordsOfIntegrity({ outcome, kid: 'next' })).toMatch(words);
  });
});

describe('tokenledger keys', () => {
  it('makes a key file for its owner alone, once, and lists it without a secret', async () => {
    const file = path.join(folder.path, 'keys.json');
    const missing = `there is no installation in DATA_DIR ${folder.path}: check its path`;
    for (const action of ['list', 'prepare', 'rotate', 'rewrap', 'integrity'])
      expect(await keys(action)).toMatchObject({ code: 1, output: said(missing) });
    expect(existsSync(file)).toBe(false);
    const made = await keys('init');
    expect(made.code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const written = await readKeyFile(file);
    const secrets = JSON.stringify(written).match(/[A-Za-z0-9_-]{43}/g)!;
    expect(secrets.length).toBeGreaterThan(6);
    for (const secret of secrets) expect(made.output).not.toContain(secret);
    expect(await keys('init')).toMatchObject({ code: 1, output: said('already') });
    expect(await keys('init', '--if-missing')).toEqual(made);
    expect(await readKeyFile(file)).toEqual(written);
  });

  it('lists the keys of the file that it made, whatever server the environment names', async () => {
    const TOKENLEDGER_URL = 'http://127.0.0.1:9';
    const environment = { DATA_DIR: folder.path, TOKENLEDGER_URL, TOKENLEDGER_OPERATOR_TOKEN: 'of another' };
    const made = await runScript('keys', environment, 'init');
    expect(made.code).toBe(0);
    expect(await runScript('keys', environment, 'init', '--if-missing')).toEqual(made);
    expect((await keys()).stdout).toBe(made.stdout);
  });

  it('names KEYS_FILE and what to do when it cannot be used', async () => {
    const list = (KEYS_FILE: string): ReturnType<typeof runScript> =>
      runScript('keys', { DATA_DIR: folder.path, KEYS_FILE });
    const none = path.join(folder.path, 'none.json');
    expect(await list(none)).toMatchObject({ code: 2, output: said(`KEYS_FILE ${none}: no such file`) });
    expect(await list(none)).toMatchObject({ output: said('npx tokenledger keys init') });
    expect(await list(folder.path)).toMatchObject({ code: 2, output: said(`KEYS_FILE ${folder.path}: not a file`) });
  });

  it('makes the folder of a new installation, but nothing where no folder can be made', async () => {
    const DATA_DIR = path.join(folder.path, 'a/b');
    expect((await runScript('keys', { DATA_DIR }, 'init')).code).toBe(0);
    expect(statSync(DATA_DIR).mode & 0o777).toBe(0o700);
    const refused = await runScript('keys', { DATA_DIR: path.join(DATA_DIR, 'keys.json') }, 'init');
    expect(refused).toMatchObject({ code: 2, output: said('is not a folder: name a folder') });
  });

  it('makes none where there is data that needs the old ones', async () => {
    writeFileSync(path.join(folder.path, 'tokenledger.db'), '');
    expect(await keys('init', '--if-missing')).toMatchObject({ code: 1, output: said('put them back') });
    expect(existsSync(path.join(folder.path, 'keys.json'))).toBe(false);
  });

  it('prepares keys, then rotates to them: they sign 70 seconds later', async () => {
    const first = await listed('init');
    const prepared = await listed('prepare');
    expect(kids(prepared, 'signs', 'refresh')).toEqual(kids(first, 'signs', 'refresh'));
    const waiting = kids(prepared, 'waits', 'access');
    expect(waiting).toHaveLength(1);
    const before = Date.now();
    const rotated = await listed('rotate', '--overlap-days', '2');
    expect(kids(rotated, 'signs', 'access')).toEqual(kids(first, 'signs', 'access'));
    const next = rotated.find(({ kid }) => kid === waiting[0])!;
    const signsIn = Date.parse(next.signs_from!) - before;
    expect(signsIn).toBeGreaterThanOrEqual(70_000);
    expect(signsIn).toBeLessThan(100_000);
    const former = rotated.find(({ state, use }) => state === 'signs' && use === 'refresh')!;
    expect(Date.parse(former.verifies_until!) - Date.parse(next.signs_from!)).toBe(2 * 86_400_000);
  });

  it('makes keys of the algorithm that the newest one has, unless another is configured', async () => {
    const made = await runScript('keys', { DATA_DIR: folder.path, ACCESS_TOKEN_ALGORITHM: 'ES256' }, 'init');
    expect(made.code).toBe(0);
    const signing = (list: readonly ListedKey[]): (string | null)[] =>
      list.filter(({ use, state }) => use === 'access' && state === 'signs').map(({ algorithm }) => algorithm);
    const waiting = (await listed('prepare')).filter(({ use, state }) => use === 'access' && state === 'waits');
    expect(waiting.map(({ algorithm }) => algorithm)).toEqual(['ES256']);
    expect(signing(await listed('rotate', '--now'))).toEqual(['ES256']);
    const other = await runScript('keys', { DATA_DIR: folder.path, ACCESS_TOKEN_ALGORITHM: 'EdDSA' }, 'rotate', '--now');
    expect(other.code).toBe(0);
    expect(signing(await listed())).toEqual(['EdDSA']);
  });

  it('rotates at once when a key has leaked', async () => {
    const first = await listed('init');
    const rotated = await listed('rotate', '--now', '--overlap-days', '0');
    for (const use of ['refresh', 'access', 'mail'] as const) {
      expect(kids(rotated, 'signs', use)).toHaveLength(1);
      expect(kids(rotated, 'verifies', use)).toEqual([]);
      expect(kids(rotated, 'signs', use)).not.toEqual(kids(first, 'signs', use));
    }
    expect(kids(rotated, 'signs', 'integrity')).toEqual(kids(first, 'signs', 'integrity'));
  });

  it('changes the integrity key beside a running server, which goes on, and without one', async () => {
    const server = await startServerProcess({ DATA_DIR: folder.path });
    const answersWith = async (name: string, at = server): Promise<number> => {
      const body = JSON.stringify({ email: 'ada@example.com', password: 'violet harbor lantern' });
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${at.url}/api/v1/auth/${name}`, { method: 'POST', headers, body })).status;
    };
    const change = async (): Promise<string> => {
      const { code, stdout } = await keys('integrity', '--json');
      expect(code).toBe(0);
      const { outcome, kid } = JSON.parse(stdout) as { outcome: string; kid: string };
      expect(outcome).toBe('changed');
      return kid;
    };
    const audit = (...args: readonly string[]): ReturnType<typeof runScript> =>
      runScript('audit', { DATA_DIR: folder.path }, ...args);
    try {
      expect(await answersWith('register')).toBe(201);
      const second = await change();
      expect(kids(await listed(), 'signs', 'integrity')).toEqual([second]);
      expect(kids(await listed(), 'kept', 'integrity')).toHaveLength(1);
      expect(await answersWith('login')).toBe(200);
      await server.end('SIGTERM');
      const third = await change();
      expect(third).not.toBe(second);
      const again = await startServerProcess({ DATA_DIR: folder.path });
      try {
        expect(await answersWith('login', again)).toBe(200);
        expect((await audit('verify')).code).toBe(0);
        expect((await runScript('rebuild', { DATA_DIR: folder.path }, '--check')).code).toBe(0);
      } finally {
        await again.end('SIGTERM');
      }
      const lines = (await audit('export')).stdout.trim().split('\n');
      const changes = lines.filter((line) => line.includes('IntegrityKeyChanged'));
      expect(changes.map((line) => [second, third].findIndex((kid) => line.includes(kid)))).toEqual([0, 1]);
      for (const line of changes) expect(line).toContain('operator:');
    } finally {
      await server.end('SIGKILL');
    }
  });

  it.each([
    ['dance'],
    ['list', '--if-missing'],
    ['prepare', '--overlap-days', '1'],
    ['prepare', '--now'],
    ['integrity', '--now'],
    ['integrity', 'twice'],
    ['rotate', '--overlap-days', 'x'],
    ['rotate', '--overlap-days', '1e9'],
    ['rotate', 'twice'],
  ])('explains itself when called with %s %s %s', async (...args: string[]) => {
    const { code, output, stdout } = await keys(...args);
    expect(code).toBe(2);
    expect(output).toContain('npx tokenledger keys init');
    expect(stdout).toBe('');
  });
});
