/** An instance that has missed a key file loses no user who registers there, when it takes the next one (S5). */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import path from 'node:path';
import { replaceMaster } from '../../src/security/replace-master.js';
import { readKeyFile } from '../../src/security/key-file.js';
import { installationFolder, startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';

let folder: ReturnType<typeof installationFolder>;
let app: RunningApp | null;
beforeEach(() => {
  folder = installationFolder();
  app = null;
});
afterEach(async () => {
  await app?.close();
  await folder.remove();
});

it('a user of an instance that has heard of neither step of a new master key signs in everywhere once it has reloaded', async () => {
  app = await startApp({ folder: folder.path });
  const { api, application } = app;
  const { keyStore } = application.stores;
  const [before, after] = [freshCredentials(), freshCredentials()];
  expect((await api.register(before)).status).toBe(201);
  const file = path.join(folder.path, 'keys.json');
  // Both steps are done elsewhere, and no SIGHUP comes here.
  for (const outcome of ['added', 'replaced'])
    expect(await replaceMaster({ file, keyStore, now: Date.now(), alone: false })).toMatchObject({ outcome });
  expect((await api.register(after)).status).toBe(201);
  await application.reloadKeys();
  for (const user of [before, after]) expect((await api.login(user)).status).toBe(200);
  await app.close();
  app = await startApp({ folder: folder.path });
  for (const user of [before, after]) expect((await app.api.login(user)).status).toBe(200);
  expect((await readKeyFile(file)).master).toHaveLength(1);
});
