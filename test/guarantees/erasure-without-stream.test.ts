/** G18, E3: a user whose own stream somebody destroyed at the store can still be erased, since other streams hold data of theirs. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { emailStream, streamName, userStream, type StreamId } from '../../src/domain/streams.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { newKeysFile } from '../support/new-keys.js';
import { signedInUser, type SignedIn } from '../support/admin.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let server: OpenedServer;
let app: RunningApp;
let user: SignedIn;
beforeEach(async () => {
  folder = temporaryFolder();
  server = await openEventStoreServer();
  const env = { EVENTSTORE_URL: server.url, KEYS_FILE: await newKeysFile(folder.path) };
  app = await startApp({ env, folder: folder.path, log: pino({ level: 'silent' }) });
  user = await signedInUser(app, 'Ada');
});
afterEach(async () => {
  await app.close();
  await server.close();
  folder.remove();
});

const tombstone = (stream: StreamId): void => server.server.node.store.tombstone(`tokenledger_${streamName(stream)}`);
const keyOf = (userId: string): Promise<unknown> => app.application.stores.keyStore.get(userId);
const addressOf = ({ email }: SignedIn): StreamId & { kind: 'email' } =>
  emailStream(app.application.context.emailKey(email));
const erase = async (who: string): Promise<unknown> => (await app.application.operator.users()).erase(who, 'operator:test');

it.each(['by email', 'by id'] as const)(
  '%s: the key is destroyed and the address is free',
  async (how) => {
    tombstone(userStream(user.userId));
    const who = how === 'by id' ? user.userId : user.email;
    expect(await erase(who)).toMatchObject({ user_id: user.userId, unreadable_since: expect.any(String) });
    expect(await keyOf(user.userId)).toBe('destroyed');
    expect((await app.application.eventLog.readNewest(addressOf(user)))?.event.type).toBe('EmailReleased');
    // Asked again by the id, it says how far that has come.
    expect(await erase(user.userId)).toMatchObject({ user_id: user.userId, unreadable_since: expect.any(String) });
  },
  240_000,
);

it('by email, where the stream of the address was destroyed as well or alone', async () => {
  const other = await signedInUser(app, 'Bea');
  tombstone(addressOf(other));
  expect(await erase(other.email)).toMatchObject({ user_id: other.userId });
  for (const stream of [addressOf(user), userStream(user.userId)]) tombstone(stream);
  expect(await erase(user.email)).toMatchObject({ user_id: user.userId });
  expect([await keyOf(user.userId), await keyOf(other.userId)]).toEqual(['destroyed', 'destroyed']);
});

it('leaves a rebuild without differences, and refuses whom nobody knows', async () => {
  tombstone(userStream(user.userId));
  await erase(user.userId);
  const report = await app.application.operator.rebuild({ check: true, onProgress: () => undefined });
  expect(report.differences).toEqual([]);
  for (const who of [randomUUID(), 'nobody@example.com']) await expect(erase(who)).rejects.toThrow('there is no user');
});
