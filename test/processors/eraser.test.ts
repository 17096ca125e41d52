import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { eraseUsers, makeUnreadable, removeSessions, type ErasureContext } from '../../src/processors/erase-user.js';
import { Eraser } from '../../src/processors/eraser.js';
import { taken, type Place } from '../../src/processors/processor.js';
import { openReading } from '../../src/adapters/sqlite/connection.js';
import { signedInUser, type SignedIn } from '../support/admin.js';
import { wholeLog } from '../support/log-reader.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

let app: RunningApp;
let user: SignedIn;
beforeEach(async () => {
  // Nothing here erases by itself.
  app = await startApp({ prepare: ({ processing }) => void (processing.eraser.start = () => undefined) });
  user = await signedInUser(app, 'Ada');
});
afterEach(() => app.close());

const context = (): ErasureContext => app.application.erasure.context;

async function erase({ userId }: Pick<SignedIn, 'userId'> = user): Promise<void> {
  const { admin } = app.application.http;
  await admin.erase({ userId, by: 'operator:test', source: { correlationId: 'test' } });
}

function eraser(broken: Partial<ErasureContext> = {}): Eraser {
  const { eventLog, stores } = app.application;
  return new Eraser({
    ...context(),
    ...broken,
    checkpoints: stores.checkpoints,
    historyId: () => eventLog.histories.at(-1)!.historyId,
    applyErasedList: () => Promise.resolve(),
    isListDue: () => false,
  });
}

/** One start of a processor: from its place to the end of the log. */
async function run(processor: Eraser): Promise<Place> {
  const place = await processor.from();
  const events = (await wholeLog(app)).filter(({ position }) => position > (place.after ?? ''));
  const last = events.at(-1);
  if (last === undefined) return place;
  const lastEvent = { position: last.position, eventId: last.id };
  await processor.handle({ events: taken(events, processor.takes), position: last.position, lastEvent });
  return place;
}

async function isErased({ userId, email, pair }: SignedIn): Promise<unknown> {
  const { stores, context: commands } = app.application;
  const [claim] = await commands.eventLog.readStream(
    { kind: 'email', key: commands.emailKey(email) },
    { direction: 'backwards', maxCount: 1 },
  );
  return {
    key: await stores.keyStore.get(userId),
    address: claim?.event.type,
    session: await stores.readModel.session(pair.session_id),
    account: (await stores.readModel.account(userId))?.status,
  };
}

const ERASED = { key: 'destroyed', address: 'EmailReleased', session: null, account: 'erased' };

describe('the eraser', () => {
  it('releases the address, destroys the key and removes the sessions; once more changes nothing', async () => {
    await erase();
    await run(eraser());
    expect(await isErased(user)).toEqual(ERASED);
    const before = (await wholeLog(app)).length;
    await app.application.stores.checkpoints.store('eraser', { position: '0', lastEvent: null, state: null }, null);
    await run(eraser());
    expect((await wholeLog(app)).length).toBe(before);
    expect(await isErased(user)).toEqual(ERASED);
  });

  it('keeps of the account document its id, status and dates, and nothing personal', async () => {
    await erase();
    await run(eraser());
    const account = await app.application.stores.readModel.account(user.userId);
    expect(account).toMatchObject({
      id: user.userId,
      status: 'erased',
      email: null,
      emailKey: null,
      name: null,
      roles: [],
    });
    expect(account?.statusSince).toBeGreaterThanOrEqual(account!.registeredAt);
  });

  it.each(['remember', 'destroyKey', 'waitForPosition'] as const)(
    'that ends at %s goes on there, and ends in destruction',
    async (step) => {
      await erase();
      const broken = eraser({ [step]: () => Promise.reject(new StoreUnavailableError('key store', 'test')) });
      await expect(run(broken)).rejects.toThrow(StoreUnavailableError);
      expect(await app.application.stores.checkpoints.load('eraser')).toBeNull();
      expect((await run(eraser())).after).toBeNull();
      expect(await isErased(user)).toEqual(ERASED);
    },
  );

  it('that ends while the address is released destroys the key all the same', async () => {
    await erase();
    const append = (): Promise<never> => Promise.reject(new StoreUnavailableError('event store', 'test'));
    const { eventLog } = context();
    const broken = { readNewest: eventLog.readNewest.bind(eventLog), end: eventLog.end.bind(eventLog), append };
    await expect(run(eraser({ eventLog: broken }))).rejects.toThrow(StoreUnavailableError);
    await run(eraser());
    expect(await isErased(user)).toEqual(ERASED);
  });

  it('of two at once none does harm', async () => {
    await erase();
    await Promise.allSettled([run(eraser()), run(eraser())]);
    await run(eraser());
    expect(await isErased(user)).toEqual(ERASED);
    const released = (await wholeLog(app)).filter(({ event }) => event.type === 'EmailReleased');
    expect(released).toHaveLength(1);
  });

  it('leaves an address to whoever registered it since', async () => {
    await erase();
    await makeUnreadable(context(), await erasedUser());
    expect((await app.api.register(user)).status).toBe(201);
    await run(eraser());
    expect((await app.api.login(user)).status).toBe(200);
  });

  it('removes no session before the read model shows the whole log', async () => {
    await erase();
    const behind = { ...context(), waitForPosition: () => Promise.resolve(false) };
    await expect(removeSessions(behind, user)).rejects.toThrow('it is behind the log');
    expect(await app.application.stores.readModel.session(user.pair.session_id)).not.toBeNull();
  });

  it('counts what is begun and not done, and says when it did the last one', async () => {
    await erase();
    let isDown = true;
    const waitForPosition = (): Promise<boolean> =>
      isDown ? Promise.reject(new StoreUnavailableError('read model', 'test')) : Promise.resolve(true);
    const erasing = eraser({ waitForPosition, now: () => 7_000 });
    await expect(run(erasing)).rejects.toThrow(StoreUnavailableError);
    expect(erasing.progress).toEqual({ pending: 1, lastDoneAt: null });
    isDown = false;
    await run(erasing);
    expect(erasing.progress).toEqual({ pending: 0, lastDoneAt: 7_000 });
    isDown = true;
    await erase(await signedInUser(app, 'Bea'));
    await expect(run(erasing)).rejects.toThrow(StoreUnavailableError);
    // Another instance takes it over.
    await erasing.end();
    expect(erasing.progress).toEqual({ pending: 0, lastDoneAt: 7_000 });
  });

  it('is not done while a reader keeps the key in the write-ahead log, and is once it has gone', async () => {
    const file = path.join(app.folder, 'user-keys.db');
    const reader = openReading(file);
    reader.exec('BEGIN');
    reader.prepare('select count(*) from user_keys').get();
    await erase();
    await expect(run(eraser())).rejects.toThrow('not yet final');
    expect((await app.application.stores.keyStore.get(user.userId)) === 'destroyed').toBe(true);
    expect(await app.application.stores.checkpoints.load('eraser')).toBeNull();
    reader.exec('COMMIT');
    reader.close();
    await run(eraser());
    expect(await app.application.stores.checkpoints.load('eraser')).not.toBeNull();
  });
});

describe('the list of the erased', () => {
  const listFile = (): string => path.join(app.folder, 'keys.json.erased');
  const readList = (): string[] => readFileSync(listFile(), 'utf8').split('\n').filter(Boolean);
  /** A list in a folder that is missing: it reads as empty, and cannot be written. */
  const elsewhere = (): string => path.join(app.folder, 'elsewhere');
  const makeUnwritable = (): void => symlinkSync(path.join(elsewhere(), 'list'), listFile());

  it('holds the id before an erasure is done, and one that cannot be written keeps nobody’s data readable', async () => {
    const other = await signedInUser(app, 'Bea');
    makeUnwritable();
    for (const erased of [user, other]) await erase(erased);
    await expect(run(eraser())).rejects.toThrow('the list of erased users');
    expect(await app.application.stores.checkpoints.load('eraser')).toBeNull();
    for (const erased of [user, other]) expect(await isErased(erased)).toEqual(ERASED);
    mkdirSync(elsewhere());
    await run(eraser());
    expect(await app.application.stores.checkpoints.load('eraser')).not.toBeNull();
    expect(readList().sort()).toEqual([user.userId, other.userId].sort());
  });

  it('has each id once, however many erase at the same time', async () => {
    await erase();
    const erased = await erasedUser();
    await Promise.all([run(eraser()), eraseUsers(context(), [erased]), eraseUsers(context(), [erased])]);
    expect(readList()).toEqual([user.userId]);
  });

  it('that was lost is written again at the next start, with those who are erased alone', async () => {
    const other = await signedInUser(app, 'Bea');
    await erase();
    await run(eraser());
    // What is left of a registration that was not completed.
    await context().destroyKey(randomUUID(), Date.now());
    rmSync(listFile());
    await app.application.erasure.beforeServing();
    expect(readList()).toEqual([user.userId]);
    expect((await app.api.login(other)).status).toBe(200);
  });

  it('that was lost and cannot be written stops no start and no erasure, and is written once it can be', async () => {
    await erase();
    await run(eraser());
    rmSync(listFile());
    makeUnwritable();
    const { erasure } = app.application;
    await erasure.beforeServing();
    const other = await signedInUser(app, 'Bea');
    await erase(other);
    await expect(run(erasure.eraser)).rejects.toThrow(StoreUnavailableError);
    expect(await isErased(other)).toEqual(ERASED);
    mkdirSync(elsewhere());
    await run(erasure.eraser);
    expect(readList().sort()).toEqual([user.userId, other.userId].sort());
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

async function erasedUser(): Promise<{ userId: string; emailKey: string; correlationId: string }> {
  const erased = (await wholeLog(app)).findLast(({ event }) => event.type === 'UserErased');
  if (erased?.event.type !== 'UserErased') throw new Error('nobody was erased');
  return { userId: user.userId, emailKey: erased.event.data.emailKey, correlationId: erased.correlationId };
}
