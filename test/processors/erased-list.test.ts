import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openErasure } from '../../src/compose/erasure.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { eraseUsers } from '../../src/processors/erase-user.js';
import { signedInUser, type SignedIn } from '../support/admin.js';
import { askToErase, ERASED, lastErased, leftOf, runOnce, startAppThatErasesNobody } from '../support/erasing.js';
import type { RunningApp } from '../support/running-app.js';

let app: RunningApp;
let user: SignedIn;
beforeEach(async () => {
  app = await startAppThatErasesNobody();
  user = await signedInUser(app, 'Ada');
});
afterEach(() => app.close());

describe('the list of the erased', () => {
  const listFile = (): string => path.join(app.folder, 'keys.json.erased');
  const readList = (): string[] => readFileSync(listFile(), 'utf8').split('\n').filter(Boolean);
  /** A list in a folder that is missing: it reads as empty, and cannot be written. */
  const elsewhere = (): string => path.join(app.folder, 'elsewhere');
  const run = (): Promise<unknown> => runOnce(app, app.application.erasure.eraser);
  const makeUnwritable = (): void => symlinkSync(path.join(elsewhere(), 'list'), listFile());

  it('holds the id before an erasure is done, and one that cannot be written keeps nobody’s data readable', async () => {
    const other = await signedInUser(app, 'Bea');
    makeUnwritable();
    for (const erased of [user, other]) await askToErase(app, erased);
    await expect(run()).rejects.toThrow('the list of erased users');
    expect(await app.application.stores.checkpoints.load('eraser')).toBeNull();
    for (const erased of [user, other]) expect(await leftOf(app, erased)).toEqual(ERASED);
    mkdirSync(elsewhere());
    await run();
    expect(await app.application.stores.checkpoints.load('eraser')).not.toBeNull();
    expect(readList().sort()).toEqual([user.userId, other.userId].sort());
  });

  it('has each id once, however many erase at the same time', async () => {
    await askToErase(app, user);
    const erased = await lastErased(app);
    await Promise.all([
      run(),
      eraseUsers(app.application.erasure.context, [erased]),
      eraseUsers(app.application.erasure.context, [erased]),
    ]);
    expect(readList()).toEqual([user.userId]);
  });

  it('that was lost is written again at the next start, with those who are erased alone', async () => {
    const other = await signedInUser(app, 'Bea');
    await askToErase(app, user);
    await run();
    // What is left of a registration that was not completed.
    await app.application.erasure.context.destroyKey(randomUUID(), Date.now());
    rmSync(listFile());
    await app.application.erasure.beforeServing();
    expect(readList()).toEqual([user.userId]);
    expect((await app.api.login(other)).status).toBe(200);
  });

  it('that was lost is written again also where the log is kept by a server, and the keys in a file', async () => {
    await askToErase(app, user);
    await run();
    rmSync(listFile());
    const { context, stores } = app.application;
    const config = { dataDir: app.folder, keysFile: null, mongoUrl: null };
    const erasure = openErasure({
      config,
      context,
      stores: { ...stores, logIsEmbedded: false },
      onProblem: () => undefined,
    });
    await erasure.beforeServing();
    expect(readList()).toEqual([user.userId]);
  });

  it('that was lost and cannot be written stops no start and no erasure, and is written once it can be', async () => {
    await askToErase(app, user);
    await run();
    rmSync(listFile());
    makeUnwritable();
    const { erasure } = app.application;
    await erasure.beforeServing();
    const other = await signedInUser(app, 'Bea');
    await askToErase(app, other);
    await expect(run()).rejects.toThrow(StoreUnavailableError);
    expect(await leftOf(app, other)).toEqual(ERASED);
    mkdirSync(elsewhere());
    await run();
    expect(readList().sort()).toEqual([user.userId, other.userId].sort());
  });

  it('that has a line that is no id is applied all the same, and the line is named', async () => {
    const other = await signedInUser(app, 'Bea');
    writeFileSync(listFile(), `"${other.userId}"\n${user.userId.toUpperCase()}\n`);
    const { context, stores } = app.application;
    const problems: string[] = [];
    const erasure = openErasure({
      config: { dataDir: app.folder, keysFile: null, mongoUrl: null },
      context,
      stores,
      onProblem: (error, what) => void problems.push(`${what}: ${String(error)}`),
    });
    await erasure.beforeServing();
    expect(problems).toEqual([expect.stringContaining(`left out: Error: ${listFile()}: line 1 is no id of a user`)]);
    expect(await stores.keyStore.get(user.userId)).toBe('destroyed');
    expect((await app.api.login(other)).status).toBe(200);
  });

  it('that cannot be written is named to an operator, whose command can be repeated', async () => {
    makeUnwritable();
    const erasing = (): Promise<object> =>
      app.application.operator.users().then((users) => users.erase(user.userId, 'operator:test'));
    await expect(erasing()).rejects.toThrow(`${listFile()}, cannot be written`);
    mkdirSync(elsewhere());
    expect(await erasing()).toMatchObject({ user_id: user.userId, unreadable_since: expect.any(String), final_on: null });
  });
});
