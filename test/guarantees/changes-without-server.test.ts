/** What the operator's tool changes while no server runs is under the high-water mark too (G17). */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openInstallation } from '../../src/compose/open-installation.js';
import { UserKeysLostError } from '../../src/compose/user-keys-check.js';
import { readToolConfig } from '../../src/config.js';
import { storeFiles } from '../../src/config/data-files.js';
import { streamName, LOG_STREAM, userStream } from '../../src/domain/streams.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import { RestoredLogError } from '../../src/event-store/high-water-check.js';
import type { HighWater } from '../../src/key-store/high-water-mark.js';
import { operate } from '../../src/operator/operations.js';
import type { Pair } from '../support/api-client.js';
import {
  copyLog,
  embeddedIt,
  environmentOf,
  installationFolder,
  openTestStores,
  putLogBack,
  startApp,
} from '../support/every-back-end.js';
import { sealed } from '../support/archivable.js';
import { userOf } from '../support/log.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PREFIX = 'tokenledger_';
const DAY_MS = 86_400_000;

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

const backup = (): string => path.join(folder.path, 'backup of the log');
const putBack = (): Promise<void> => putLogBack(folder.path, backup());

async function start(): Promise<RunningApp> {
  app = await startApp({ folder: folder.path });
  return app;
}

async function stop(): Promise<void> {
  const running = app;
  app = null;
  await running?.close();
}

/** Somebody signs in, the server stops, and the log is copied. */
async function copied(): Promise<Pair> {
  const pair = await (await start()).api.signedIn(freshCredentials());
  await stop();
  await copyLog(folder.path, backup());
  return pair;
}

/** Asks the tool for something where no server runs. */
async function ask(name: string, input: object = {}): Promise<object[]> {
  const env = { DATA_DIR: folder.path, ...(await environmentOf(folder.path)) };
  const installation = openInstallation(readToolConfig(env));
  try {
    const answer = operate(installation, name, { operator: 'ops', ...input });
    if (!(Symbol.asyncIterator in answer)) return [await answer];
    const values: object[] = [];
    for await (const value of answer) values.push(value);
    return values;
  } finally {
    await installation.close();
  }
}

/** The mark, and the events of the log. */
async function look(): Promise<{ readonly mark: HighWater | null; readonly events: readonly RecordedEvent[] }> {
  const stores = await openTestStores(folder.path);
  try {
    return { mark: await stores.highWaterMark.read(), events: await stores.eventStore.readAll({ maxCount: 10_000 }) };
  } finally {
    await stores.close();
  }
}

/** A mark of the same history never goes back by itself. */
async function putMarkBack(to: HighWater): Promise<void> {
  const stores = await openTestStores(folder.path);
  try {
    for (const historyId of ['another', to.historyId]) await stores.highWaterMark.write({ ...to, historyId });
  } finally {
    await stores.close();
  }
}

/** Puts an event of somebody else at the end of a stream of ours; gives its whole name and revision. */
async function insertForeign(stream: string): Promise<{ readonly stream: string; readonly revision: number }> {
  const stores = await openTestStores(folder.path);
  const name = `${PREFIX}${stream}`;
  try {
    const [newest] = await stores.eventStore.readStream(name, { direction: 'backwards', maxCount: 1 });
    const expected = newest?.revision ?? -1;
    const foreign = { id: randomUUID(), type: 'NobodyKnows', data: '{}', metadata: '{}' };
    await stores.eventStore.append(name, [foreign], expected < 0 ? 'no_stream' : expected);
    return { stream: name, revision: expected + 1 };
  } finally {
    await stores.close();
  }
}

const CHANGES: readonly (readonly [string, string, (pair: Pair) => object])[] = [
  ['users.disable', 'disable', (pair) => ({ user: userOf(pair), reason: null })],
  ['users.sign-out', 'sign-out', (pair) => ({ user: userOf(pair), session_id: null })],
  ['users.sign-out', 'sign-out of one session', (pair) => ({ user: userOf(pair), session_id: pair.session_id })],
  ['users.grant', 'grant', (pair) => ({ user: userOf(pair), role: 'admin' })],
  ['users.reset-password', 'reset of a password', (pair) => ({ user: userOf(pair) })],
  ['users.erase', 'erasure', (pair) => ({ user: userOf(pair) })],
];

describe('G17, G4: what the tool changes while no server runs', () => {
  /** The mark stands at the end, and a log of before is refused. */
  async function expectCovered(): Promise<void> {
    const { mark, events } = await look();
    const { position, id: eventId } = events.at(-1)!;
    expect(mark).toMatchObject({ position, eventId });
    await putBack();
    await expect(start()).rejects.toThrow(/put back to an earlier moment.*log restored --yes/);
  }

  it.each(CHANGES)('is missed in a log of before: %s, %s', async (operation, _, inputOf) => {
    const pair = await copied();
    const [answer] = await ask(operation, inputOf(pair));
    expect(answer).toMatchObject({ user_id: userOf(pair) });
    await expectCovered();
  });

  it('is missed in a log of before: an event that was disowned', async () => {
    const pair = await copied();
    const foreign = await insertForeign(streamName(userStream(userOf(pair))));
    await copyLog(folder.path, backup());
    await ask('log.disown', foreign);
    await expectCovered();
  });

  // Beside other instances it is three calls, of which the last one appends.
  embeddedIt('a change of the integrity key is missed in a log of before', async () => {
    await copied();
    expect(await ask('keys.integrity')).toMatchObject([{ outcome: 'changed' }]);
    await expectCovered();
  });

  it('is missed in a log of before: the name of an archive', async () => {
    let now = Date.now() - 60 * DAY_MS;
    const old = await startApp({ folder: folder.path, now: () => now });
    let pair = await old.api.signedIn(freshCredentials());
    for (let time = 0; time < 4; time += 1) {
      now += DAY_MS;
      pair = (await old.api.refresh(pair.refresh_token)).body;
    }
    await old.close();
    app = await startApp({ folder: folder.path, env: { SEAL_EVERY_SECONDS: '0.05' } });
    await sealed(app);
    await stop();
    await copyLog(folder.path, backup());
    const input = { before: Date.now() - DAY_MS, out: null, shrink: false };
    expect((await ask('audit.archive', input)).at(-1)).toMatchObject({ archive: expect.any(String) });
    await expectCovered();
  });

  it('is missed also where an earlier run was killed between its append and the mark', async () => {
    const pair = await copied();
    const { mark } = await look();
    await ask('users.disable', { user: userOf(pair), reason: null });
    await putMarkBack(mark!);
    expect(await ask('users.disable', { user: userOf(pair), reason: null })).toMatchObject([{ changed: false }]);
    await expectCovered();
  });

  it('lets a server start on the log as it is', async () => {
    const pair = await copied();
    await ask('users.disable', { user: userOf(pair), reason: null });
    const { api } = await start();
    expect((await api.refresh(pair.refresh_token)).status).toBe(401);
  });
});

describe('G17: on a log that was put back, while no server runs', () => {
  /** The account was disabled in the part that is lost now. */
  async function lost(): Promise<Pair> {
    const pair = await copied();
    await ask('users.disable', { user: userOf(pair), reason: null });
    await putBack();
    return pair;
  }

  it.each([
    ...CHANGES,
    ['users.revoke', 'revoke, with nothing to do', (pair: Pair) => ({ user: userOf(pair), role: 'admin' })],
    ['users.enable', 'a user of the lost part', () => ({ user: 'lost@example.com', reason: null })],
    ['keys.integrity', 'the integrity key', () => ({})],
    ['audit.archive', 'an archive', () => ({ before: Date.now() - 1_000, out: null, shrink: false })],
  ] as const)('nothing is changed: %s, %s', async (operation, _, inputOf) => {
    const pair = await lost();
    const keysFile = (await environmentOf(folder.path)).KEYS_FILE ?? path.join(folder.path, 'keys.json');
    const before = [await look(), readFileSync(keysFile, 'utf8')];
    const asked = ask(operation, inputOf(pair));
    await expect(asked).rejects.toThrow(RestoredLogError);
    await expect(asked).rejects.toThrow(
      /put back to an earlier moment. Put back the newest log; .*`tokenledger log restored --yes`/,
    );
    expect([await look(), readFileSync(keysFile, 'utf8')]).toEqual(before);
  });

  it('everything is shown that can be asked', async () => {
    const pair = await lost();
    const user = userOf(pair);
    const period = { from: null, to: null };
    expect(await ask('users.show', { user })).toMatchObject([{ user_id: user }]);
    expect(await ask('users.list')).toHaveLength(1);
    await ask('users.sessions', { user });
    expect(await ask('audit.timeline', { user, ...period })).not.toHaveLength(0);
    expect((await ask('audit.verify', { against: [] })).at(-1)).toMatchObject({
      ok: false,
      findings: [{ kind: 'truncated' }],
    });
    expect(await ask('audit.export', { ...period, format: 'jsonl' })).toHaveLength((await look()).events.length);
    await ask('audit.key');
    await ask('keys.list');
    await ask('rebuild', { check: true });
    const elsewhere = temporaryFolder();
    try {
      await ask('backup', { folder: elsewhere.path });
      expect(existsSync(path.join(elsewhere.path, 'backup.json'))).toBe(true);
    } finally {
      elsewhere.remove();
    }
  });

  it('changes are made again once the log is marked as restored, and are under the new mark', async () => {
    const pair = await lost();
    await ask('log.restored', { sign_out_all: false });
    const { mark: marked } = await look();
    expect(await ask('users.disable', { user: userOf(pair), reason: null })).toMatchObject([{ changed: true }]);
    const { mark, events } = await look();
    expect([mark?.eventId, mark?.historyId]).toEqual([events.at(-1)?.id, marked?.historyId]);
    await ask('rebuild', { check: false });
    const { api } = await start();
    expect((await api.refresh(pair.refresh_token)).status).toBe(401);
  });

  it.each([
    ['the log’s own stream', () => streamName(LOG_STREAM)],
    ['a user’s stream', (pair: Pair) => streamName(userStream(userOf(pair)))],
  ] as const)('an event in %s can be disowned, since the mark of a restore may need it; the mark stays', async (_, of) => {
    const pair = await lost();
    const foreign = await insertForeign(of(pair));
    const { mark } = await look();
    await ask('log.disown', foreign);
    expect((await look()).mark).toEqual(mark);
    await expect(start()).rejects.toThrow('put back to an earlier moment');
    await ask('log.restored', { sign_out_all: false });
    await ask('rebuild', { check: false });
    const { api } = await start();
    expect((await api.refresh(pair.refresh_token)).status).toBe(200);
  });

  embeddedIt('the users’ keys that are lost are not taken for new ones after a change', async () => {
    const pair = await copied();
    rmSync(storeFiles(folder.path).userKeys);
    await expect(ask('users.grant', { user: userOf(pair), role: 'admin' })).rejects.toThrow(UserKeysLostError);
    await expect(start()).rejects.toThrow(UserKeysLostError);
  });
});
