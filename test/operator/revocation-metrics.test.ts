/** What an operator ends is counted as what an administrator ends: the metrics say why sessions end, not who asked. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { operate } from '../../src/operator/operations.js';
import { signedInAdmin, signedInUser } from '../support/admin.js';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.close());

const operator = async (name: string, input: object): Promise<object> =>
  (await operate(app.application.operator, name, { operator: 'olga', ...input })) as object;

async function counted(): Promise<Record<string, number>> {
  const { text } = await app.operations.request('/metrics');
  const series = text.matchAll(/^tokenledger_revocations_total\{reason="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...series].map(([, reason = '', count]) => [reason, Number(count)]));
}

it('counts revocations by the operator’s tool, each once and only if it changed something', async () => {
  const { userId: user, pair } = await signedInUser(app);
  await operator('users.sign-out', { user, session_id: pair.session_id });
  await operator('users.sign-out', { user, session_id: null });
  for (const reason of ['theft', null]) await operator('users.disable', { user, reason });
  await operator('users.erase', { user });
  expect(await counted()).toMatchObject({ admin: 2, disabled: 1, erased: 1, logout: 0 });
});

it('counts those by an administrator once', async () => {
  const admin = await signedInAdmin(app);
  const { userId, pair } = await signedInUser(app);
  const authorization = `Bearer ${admin.pair.access_token}`;
  const ask = async (path: string, method: string): Promise<number> =>
    (await app.api.request(`/api/v1/admin/users/${userId}/${path}`, { method, headers: { authorization } })).status;
  expect(await ask(`devices/${pair.session_id}`, 'DELETE')).toBe(204);
  for (const path of ['logout', 'disable', 'disable', 'erase']) expect(await ask(path, 'POST')).toBe(204);
  expect(await counted()).toMatchObject({ admin: 2, disabled: 1, erased: 1 });
});
