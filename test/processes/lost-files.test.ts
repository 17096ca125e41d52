/** A start where the users' keys, or the log, are gone from the data folder (G17). */
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino, type Logger } from 'pino';
import Database from 'libsql';
import { eventually } from '../support/eventually.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let app: RunningApp | null;
beforeEach(() => {
  folder = temporaryFolder();
  app = null;
});
afterEach(async () => {
  await app?.close();
  folder.remove();
});

const at = (name: string): string => path.join(folder.path, name);
const lines: string[] = [];
const log: Logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
const saysNoMark = (): boolean => lines.some((line) => line.includes('high_water_mark_missing'));

async function start(): Promise<RunningApp> {
  lines.length = 0;
  app = await startApp({ folder: folder.path, log });
  return app;
}

/** An installation that was used and stopped: with one user, unless that is left out. */
async function stopped({ withUser = true } = {}): Promise<{ readonly email: string; readonly password: string }> {
  const credentials = freshCredentials();
  const running = await start();
  if (withUser) await running.api.signedIn(credentials);
  app = null;
  await running.close();
  return credentials;
}

function inKeys(sql: string): void {
  const db = new Database(at('user-keys.db'));
  db.exec(sql);
  db.close();
}

describe('a start with another STREAM_PREFIX', () => {
  it('is refused, and names the prefix of the log that is there', async () => {
    const credentials = await stopped();
    const starting = startApp({ folder: folder.path, log, env: { STREAM_PREFIX: 'other_' } });
    await expect(starting).rejects.toThrow(
      /no events of STREAM_PREFIX other_, .*It has events of STREAM_PREFIX tokenledger_: set STREAM_PREFIX back to that\. /,
    );
    const { api } = await start();
    expect((await api.login(credentials)).status).toBe(200);
  });
});

describe('a start without the users’ keys', () => {
  it('is refused in a sentence, each time, and leaves no empty keys behind; the ones put back are taken', async () => {
    const credentials = await stopped();
    renameSync(at('user-keys.db'), at('elsewhere.db'));
    for (let time = 0; time < 2; time += 1) {
      await expect(start()).rejects.toThrow(/user-keys\.db holds no key.*Put the users’ keys back.*log restored --yes/s);
      expect(existsSync(at('user-keys.db'))).toBe(false);
    }
    renameSync(at('elsewhere.db'), at('user-keys.db'));
    const { api } = await start();
    expect((await api.login(credentials)).status).toBe(200);
    expect(saysNoMark()).toBe(false);
  });

  it('goes on after `log restored`, with new users', async () => {
    await stopped();
    rmSync(at('user-keys.db'));
    const env = { DATA_DIR: folder.path };
    const verified = await runScript('audit', env, 'verify', '--json');
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, high_water_mark: 'missing' });
    expect((await runScript('audit', env, 'verify')).stdout).toContain('WARNING: there is no high-water mark');
    expect(await runScript('log', env, 'restored', '--yes')).toMatchObject({ code: 0 });
    expect((await runScript('audit', env, 'verify', '--json')).stdout).not.toContain('high_water_mark');
    const { api } = await start();
    expect((await api.register(freshCredentials())).status).toBe(201);
  });

  it('is refused also where a running process has written the mark again beside the emptied keys', async () => {
    const running = await start();
    const { refresh_token: token } = await running.api.signedIn(freshCredentials());
    const { highWaterMark } = running.application.stores;
    await eventually('there is a mark', async () => (await highWaterMark.read()) !== null);
    inKeys('delete from user_keys; delete from high_water');
    expect((await running.api.refresh(token)).status).toBe(200);
    await eventually('there is a mark', async () => (await highWaterMark.read()) !== null);
    app = null;
    await running.close();
    await expect(start()).rejects.toThrow(/user-keys\.db holds no key.*log restored --yes/s);
  });

  it('goes on after `log restored` as often as it is started, until there are new keys to lose', async () => {
    await stopped();
    rmSync(at('user-keys.db'));
    expect(await runScript('log', { DATA_DIR: folder.path }, 'restored', '--yes')).toMatchObject({ code: 0 });
    for (let time = 0; time < 2; time += 1) await stopped({ withUser: false });
    await stopped();
    inKeys('delete from user_keys');
    await expect(start()).rejects.toThrow(/user-keys\.db holds no key/);
  });

  it('is a start like the first while there are no users', async () => {
    await stopped({ withUser: false });
    rmSync(at('user-keys.db'));
    const { api } = await start();
    expect((await api.register(freshCredentials())).status).toBe(201);
    expect(saysNoMark()).toBe(false);
  });

  it('is no start whose mark alone is missing, as after a kill in the first second: that one says so', async () => {
    const credentials = await stopped();
    inKeys('delete from high_water');
    const { api } = await start();
    expect((await api.login(credentials)).status).toBe(200);
    expect(saysNoMark()).toBe(true);
  });
});

describe('a start without the log', () => {
  it('is refused with the mark and what to do, each time, and leaves no empty log behind', async () => {
    await stopped();
    renameSync(at('tokenledger.db'), at('elsewhere.db'));
    for (let time = 0; time < 2; time += 1) {
      await expect(start()).rejects.toThrow(
        /tokenledger\.db is empty.*high-water mark.*position 0*\d+ with event [0-9a-f-]{36}.*STREAM_PREFIX \(tokenledger_\) was another.*tokenledger restore FOLDER/s,
      );
      expect(existsSync(at('tokenledger.db'))).toBe(false);
    }
    renameSync(at('elsewhere.db'), at('tokenledger.db'));
    await start();
  });

  it('is named by the tool, which makes nothing either', async () => {
    await stopped();
    renameSync(at('tokenledger.db'), at('elsewhere.db'));
    const { code, output } = await runScript('users', { DATA_DIR: folder.path }, 'list');
    expect([code, output]).toEqual([1, expect.stringMatching(/holds users’ keys and no log.*tokenledger restore FOLDER/)]);
    expect(existsSync(at('tokenledger.db'))).toBe(false);
    const backup = at('a-backup');
    const mistyped = await runScript('backup', { DATA_DIR: at('mistyped') }, backup);
    expect([mistyped.code, mistyped.output]).toEqual([1, expect.stringContaining('there is no installation in DATA_DIR')]);
    expect([existsSync(backup), existsSync(at('mistyped'))]).toEqual([false, false]);
  });
});
