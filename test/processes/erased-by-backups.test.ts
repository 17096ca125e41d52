/** G18: a user who was erased stays erased when the tool restores an older backup. */
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { signedInUser } from '../support/admin.js';
import { closedAfterwards } from '../support/closed-afterwards.js';
import { filesThatHold } from '../support/files.js';
import { userEvents } from '../support/log-reader.js';
import { startApp } from '../support/running-app.js';
import { runScript } from '../support/script.js';

const NAME = 'Ada Lovelace-Erased';

const closing = closedAfterwards();

describe('an erased user', () => {
  it('stays erased when an older backup is restored, by the list beside the key file', async () => {
    const [data, keys, old] = [closing.folder(), closing.folder(), closing.folder()];
    const env = { DATA_DIR: path.join(data, 'data'), KEYS_FILE: path.join(keys, 'keys.json') };
    expect((await runScript('keys', env, 'init')).code).toBe(0);
    let app = await startApp({ folder: env.DATA_DIR, env: { KEYS_FILE: env.KEYS_FILE } });
    const [user, other] = [await signedInUser(app, NAME), await signedInUser(app, NAME)];
    await app.close();
    const backup = path.join(old, 'backup');
    expect((await runScript('backup', env, backup)).code).toBe(0);
    expect((await runScript('users', env, 'erase', user.email, '--yes')).code).toBe(0);
    expect(filesThatHold(keys, { id: user.userId })).toEqual(['keys.json.erased: id']);
    renameSync(env.DATA_DIR, path.join(old, 'former'));
    expect(await runScript('restore', env, backup)).toMatchObject({ code: 0 });
    app = await startApp({ folder: env.DATA_DIR, env: { KEYS_FILE: env.KEYS_FILE } });
    closing.push(() => app.close());
    expect(await app.application.stores.keyStore.get(user.userId)).toBe('destroyed');
    expect((await userEvents(app, user.userId)).slice(-2)).toEqual([
      ['UserErased', 'system'],
      ['AllTokensRevoked', 'system'],
    ]);
    expect((await app.api.login(user)).status).toBe(401);
    expect((await app.api.login(other)).status).toBe(200);
  });

  it('stays erased when only the users’ keys come back, or a former list is named', async () => {
    const [data, old] = [closing.folder(), closing.folder()];
    const env = { DATA_DIR: path.join(data, 'data') };
    const app = await startApp({ folder: env.DATA_DIR });
    const user = await signedInUser(app, NAME);
    await app.close();
    const backup = path.join(old, 'backup');
    expect((await runScript('backup', env, backup)).code).toBe(0);
    expect((await runScript('users', env, 'erase', user.email, '--yes')).code).toBe(0);
    renameSync(env.DATA_DIR, path.join(old, 'former'));
    const list = path.join(old, 'former', 'keys.json.erased');
    expect(await runScript('restore', env, backup, '--erased', list)).toMatchObject({ code: 0 });
    const shown = await runScript('users', env, 'show', user.userId, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'erased', email: null });
  });

  it('is not brought back by a file that is no list: it is refused; by a list in capitals they stay erased', async () => {
    const [data, old] = [closing.folder(), closing.folder()];
    const app = await startApp({ folder: data });
    const user = await signedInUser(app, NAME);
    await app.close();
    const [backup, restored] = [path.join(old, 'backup'), path.join(old, 'restored')];
    expect((await runScript('backup', { DATA_DIR: data }, backup)).code).toBe(0);
    expect((await runScript('users', { DATA_DIR: data }, 'erase', user.email, '--yes')).code).toBe(0);
    const list = path.join(old, 'erased.txt');
    const restoredBy = (text: string): ReturnType<typeof runScript> => {
      writeFileSync(list, text);
      return runScript('restore', { DATA_DIR: restored }, backup, '--erased', list);
    };
    const listed = await runScript('users', { DATA_DIR: data }, 'list', '--json');
    const exported = readFileSync(path.join(backup, 'log/events.jsonl'), 'utf8');
    for (const text of [listed.stdout, exported, `"${user.userId}"\n`]) {
      expect(await restoredBy(text)).toMatchObject({
        code: 1,
        output: expect.stringContaining(`${list}: line 1 is no id of a user.`),
      });
      expect(existsSync(restored)).toBe(false);
    }
    expect(await restoredBy('')).toMatchObject({ code: 0, output: expect.stringContaining(`${list} lists nobody: `) });
    rmSync(restored, { recursive: true });
    const done = await restoredBy(`${user.userId.toUpperCase()}\r\n`);
    expect(done).toMatchObject({ code: 0, output: expect.stringContaining(`stays erased: 1 id was applied.`) });
    const shown = await runScript('users', { DATA_DIR: restored }, 'show', user.userId, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'erased', email: null });
  });

  it('stays erased when a backup is restored into another folder beside the one that was backed up, without a word', async () => {
    const [data, restored] = [closing.folder(), path.join(closing.folder(), 'restored')];
    const app = await startApp({ folder: data });
    const user = await signedInUser(app, NAME);
    await app.close();
    const backup = path.join(closing.folder(), 'backup');
    expect((await runScript('backup', { DATA_DIR: data }, backup)).code).toBe(0);
    expect((await runScript('users', { DATA_DIR: data }, 'erase', user.email, '--yes')).code).toBe(0);
    const done = await runScript('restore', { DATA_DIR: restored }, backup);
    expect(done.output).toContain(`Who is in ${path.join(data, 'keys.json.erased')} stays erased: 1 id was applied.`);
    const shown = await runScript('users', { DATA_DIR: restored }, 'show', user.userId, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'erased', email: null });
  });
});
