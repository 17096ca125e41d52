/** E3: what auditors see of streams that somebody destroyed at the store. */
import { afterEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import path from 'node:path';
import { pino } from 'pino';
import type { Finding } from '../../src/audit/findings.js';
import type { VerifyReport } from '../../src/audit/verify.js';
import { emailStream, SEAL_STREAM, streamName, tokenStream, userStream, type StreamId } from '../../src/domain/streams.js';
import { operate } from '../../src/operator/operations.js';
import type { Pair } from '../support/api-client.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { caughtUp, userOf } from '../support/log.js';
import { newKeysFile } from '../support/new-keys.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});

const nameOf = (stream: StreamId): string => `tokenledger_${streamName(stream)}`;

/** Resolves to the objects that an operation gives. */
async function asked(app: RunningApp, operation: string, input: object): Promise<Record<string, unknown>[]> {
  const answer = operate(app.application.operator, operation, input);
  if (!(Symbol.asyncIterator in answer)) return [(await answer) as Record<string, unknown>];
  const found: Record<string, unknown>[] = [];
  for await (const value of answer) found.push(value as Record<string, unknown>);
  return found;
}

const timeline = (app: RunningApp, user: string): Promise<Record<string, unknown>[]> =>
  asked(app, 'audit.timeline', { user, from: null, to: null });
const stateNow = (app: RunningApp, user: string): Promise<Record<string, unknown>[]> =>
  asked(app, 'audit.state', { user, at: Date.now(), position: null });

async function verified(app: RunningApp): Promise<VerifyReport> {
  return (await asked(app, 'audit.verify', { against: [] })).at(-1) as unknown as VerifyReport;
}

const removedOf = ({ findings }: VerifyReport): (string | null)[] =>
  findings.filter(({ kind, revision }: Finding) => kind === 'removed' && revision === null).map(({ stream }) => stream);

interface Scene {
  readonly app: RunningApp;
  readonly server: OpenedServer;
  readonly env: Readonly<Record<string, string>>;
  readonly credentials: { readonly email: string; readonly password: string };
  /** Of the same user on two devices. */
  readonly pairs: readonly [Pair, Pair];
  readonly userId: string;
}

async function overEventStoreDb(): Promise<Scene> {
  const folder = temporaryFolder();
  cleanUp.push(() => folder.remove());
  const server = await openEventStoreServer();
  cleanUp.push(() => server.close());
  const env = { EVENTSTORE_URL: server.url, KEYS_FILE: await newKeysFile(folder.path), DATA_DIR: folder.path };
  const app = await startApp({ env, folder: folder.path, log: pino({ level: 'silent' }) });
  cleanUp.push(() => app.close());
  const credentials = freshCredentials();
  const pairs = [await app.api.signedIn(credentials), await app.api.signIn(credentials)] as const;
  await caughtUp(app.application);
  return { app, server, env, credentials, pairs, userId: userOf(pairs[0]) };
}

const DESTRUCTIONS = {
  'a tombstone': ({ server }: Scene, stream: StreamId): Promise<void> => {
    server.server.node.store.tombstone(nameOf(stream));
    return Promise.resolve();
  },
  'a soft delete': ({ server }: Scene, stream: StreamId): Promise<void> =>
    server.server.node.store.deleteSoftly(nameOf(stream)),
};

describe.each(['a tombstone', 'a soft delete'] as const)('E3: the audit after %s', (how) => {
  const destroy = (scene: Scene, stream: StreamId): Promise<void> => DESTRUCTIONS[how](scene, stream);

  it('of a device’s stream names it in verification, timeline and state', async () => {
    const scene = await overEventStoreDb();
    const { app, pairs, userId } = scene;
    expect(await verified(app)).toMatchObject({ ok: true, findings: [] });
    expect(await stateNow(app, userId)).toEqual([expect.not.objectContaining({ destroyed_streams: expect.anything() })]);
    const [first] = await timeline(app, userId);
    expect(first).toMatchObject({ type: 'UserRegistered' });
    const stream = tokenStream(userId, pairs[0].device_id);
    await destroy(scene, stream);
    const report = await verified(app);
    expect([report.ok, removedOf(report)]).toEqual([false, [nameOf(stream)]]);
    const [destroyed, ...entries] = await timeline(app, userId);
    expect(destroyed).toEqual({ destroyed_streams: [nameOf(stream)] });
    expect(entries.map(({ type }) => type)).toEqual(['UserRegistered', 'EmailVerificationRequested', 'TokenIssued']);
    expect(await stateNow(app, userId)).toMatchObject([
      { status: 'active', devices: [{ device_id: pairs[1].device_id }], destroyed_streams: [nameOf(stream)] },
    ]);
  });

  it('of a user’s and an address’s stream goes on by what is left, and names them', async () => {
    const scene = await overEventStoreDb();
    const { app, credentials, userId } = scene;
    const address = emailStream(app.application.context.emailKey(credentials.email));
    await destroy(scene, address);
    expect(await timeline(app, credentials.email)).toEqual(await timeline(app, userId));
    expect((await timeline(app, credentials.email))[0]).toEqual({ destroyed_streams: [nameOf(address)] });
    await destroy(scene, userStream(userId));
    const [destroyed, ...entries] = await timeline(app, credentials.email);
    expect(destroyed).toEqual({ destroyed_streams: [nameOf(userStream(userId))] });
    expect(entries.map(({ type }) => type)).toEqual(['TokenIssued', 'TokenIssued']);
    expect(await stateNow(app, userId)).toMatchObject([{ status: null, destroyed_streams: [nameOf(userStream(userId))] }]);
    expect(removedOf(await verified(app)).sort()).toEqual([nameOf(address), nameOf(userStream(userId))].sort());
    await expect(timeline(app, 'nobody@example.com')).rejects.toThrow('there is no user');
  });

  it('of the notes’ stream is a finding, and no failure', async () => {
    const scene = await overEventStoreDb();
    const { eventLog } = scene.app.application.context;
    const data = { note: 'no note', size: 1, position: '', keyId: 'one', origin: 'test' };
    const cause = { actor: 'system', correlationId: 'test' } as const;
    const id = scene.app.application.context.newId();
    const event = { id, occurredAt: Date.now(), ...cause, event: { type: 'CheckpointSigned', data } } as const;
    const newest = await eventLog.readNewest(SEAL_STREAM);
    await eventLog.append(SEAL_STREAM, [event], newest?.revision ?? 'no_stream');
    await destroy(scene, SEAL_STREAM);
    const report = await verified(scene.app);
    expect([report.ok, report.checkpoints, removedOf(report)]).toEqual([false, 0, [nameOf(SEAL_STREAM)]]);
  });
});

it('E3: the tool says it in words, beside a JSON that stays pure', async () => {
  const scene = await overEventStoreDb();
  const { app, env, userId, pairs } = scene;
  const streams = [userStream(userId), tokenStream(userId, pairs[0].device_id)];
  for (const stream of streams) await DESTRUCTIONS['a tombstone'](scene, stream);
  await app.close();
  cleanUp = cleanUp.slice(0, -1);
  const words = streams.map((stream) => `Stream ${nameOf(stream)} was destroyed at the event store`);
  const said = await runScript('audit', env, 'timeline', userId, '--json');
  const shown = said.stdout.split('\n').filter((line) => line !== '');
  expect([said.code, shown.map((line) => (JSON.parse(line) as { type: string }).type)]).toEqual([0, ['TokenIssued']]);
  for (const word of words) expect(said.output).toContain(word);
  const state = await runScript('audit', env, 'state', userId, '--at', new Date().toISOString());
  expect(state.code).toBe(0);
  for (const word of words) expect(state.stdout).toContain(word);
  const found = await runScript('audit', env, 'verify');
  expect(found).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`removed: ${nameOf(streams[0]!)}: the stream was`),
  });
  const erased = await runScript('users', env, 'erase', userId, '--yes');
  // What other streams hold of the user can be read until the key is gone.
  expect(erased).toMatchObject({ code: 0, output: expect.stringMatching(`^${userId}: unreadable since `) });
});

it('E3: a stream whose events are gone from the embedded file is named by timeline and state', async () => {
  const folder = temporaryFolder();
  cleanUp.push(() => folder.remove());
  const options = { folder: folder.path, env: { ISSUER: 'http://test' }, log: pino({ level: 'silent' }) };
  const first = await startApp(options);
  const credentials = freshCredentials();
  const pair = await first.api.signedIn(credentials);
  // The log must not end before what was known of it: the start would refuse that.
  await first.api.register(freshCredentials());
  await caughtUp(first.application);
  await first.close();
  const stream = nameOf(tokenStream(userOf(pair), pair.device_id));
  const db = new Database(path.join(folder.path, 'tokenledger.db'));
  db.prepare('delete from events where stream_id = (select id from streams where name = ?)').run([stream]);
  db.close();
  const app = await startApp(options);
  cleanUp.push(() => app.close());
  expect((await timeline(app, credentials.email))[0]).toEqual({ destroyed_streams: [stream] });
  expect(await stateNow(app, credentials.email)).toMatchObject([{ devices: [], destroyed_streams: [stream] }]);
});
