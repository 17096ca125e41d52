import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { openReading } from '../../src/adapters/sqlite/connection.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { makeUnreadable, removeSessions, type ErasureContext } from '../../src/processors/erase-user.js';
import { Eraser } from '../../src/processors/eraser.js';
import type { Place } from '../../src/processors/processor.js';
import { signedInUser, type SignedIn } from '../support/admin.js';
import { askToErase, ERASED, lastErased, leftOf, runOnce, startAppThatErasesNobody } from '../support/erasing.js';
import { wholeLog } from '../support/log-reader.js';
import { embeddedIt } from '../support/every-back-end.js';
import type { RunningApp } from '../support/running-app.js';

let app: RunningApp;
let user: SignedIn;
beforeEach(async () => {
  app = await startAppThatErasesNobody();
  user = await signedInUser(app, 'Ada');
});
afterEach(() => app.close());

const context = (): ErasureContext => app.application.erasure.context;
const erase = (of: Pick<SignedIn, 'userId'> = user): Promise<void> => askToErase(app, of);
const run = (processor: Eraser): Promise<Place> => runOnce(app, processor);
const isErased = (of: SignedIn): Promise<unknown> => leftOf(app, of);

/** The events of the log, but what the mailer writes at its own pace. */
async function withoutMails(): Promise<readonly string[]> {
  return (await wholeLog(app)).filter(({ event }) => event.type !== 'MailSent').map(({ id }) => id);
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

describe('the eraser', () => {
  it('releases the address, destroys the key and removes the sessions; once more changes nothing', async () => {
    await erase();
    await run(eraser());
    expect(await isErased(user)).toEqual(ERASED);
    const before = await withoutMails();
    await app.application.stores.checkpoints.store('eraser', { position: '0', lastEvent: null, state: null }, null);
    await run(eraser());
    expect(await withoutMails()).toEqual(before);
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

  it('leaves an email to the user who registered it since', async () => {
    await erase();
    await makeUnreadable(context(), await lastErased(app));
    expect((await app.api.register(user)).status).toBe(201);
    await run(eraser());
    expect((await app.api.login(user)).status).toBe(200);
  });

  it('removes no session before the read model shows the whole log', async () => {
    await erase();
    const behind = { ...context(), waitForPosition: () => Promise.resolve(false) };
    await expect(removeSessions(behind, [user])).rejects.toThrow('it is behind the log');
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

  embeddedIt('is not done while a reader keeps the key in the write-ahead log, and is once it has gone', async () => {
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
