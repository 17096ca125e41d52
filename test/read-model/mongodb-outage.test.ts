import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { openMongoKeyStore } from '../../src/adapters/mongodb/key-store/mongo-key-store.js';
import { MongoConnection } from '../../src/adapters/mongodb/mongo-connection.js';
import { openMongoLeases } from '../../src/adapters/mongodb/read-model/mongo-leases.js';
import { openMongoReadModel } from '../../src/adapters/mongodb/read-model/mongo-read-model.js';
import { serverDescribe } from '../support/backends.js';
import { chanceOf } from '../support/chance.js';
import { aSession, placedSession, put } from '../support/documents.js';
import { openMongoDatabase, throughPort, type MongoDatabase } from '../support/mongo-database.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const BOUND_MS = 10_000;

serverDescribe('MongoDB that is down', 'MONGODB_URL', (serverUrl) => {
  let database: MongoDatabase;
  let proxy: TcpProxy;
  let connection: MongoConnection;
  beforeEach(async () => {
    database = openMongoDatabase(serverUrl);
    proxy = await TcpProxy.before(Number(new URL(database.url).port));
    connection = MongoConnection.open(throughPort(database.url, proxy.port));
  });
  afterEach(async () => {
    await connection.close();
    await proxy.refuse();
    await database.close();
  });

  /** Every port's way of asking, each with the store it belongs to. */
  const asked = (): readonly (readonly [StoreUnavailableError['store'], () => Promise<unknown>])[] => {
    const readModel = openMongoReadModel(connection, 'test');
    const leases = openMongoLeases(connection);
    const keys = openMongoKeyStore(connection);
    return [
      ['read model', () => readModel.ping()],
      ['read model', () => readModel.checkpoint()],
      ['read model', () => readModel.session('sid')],
      ['read model', () => put(readModel, 1)],
      ['read model', () => readModel.beginRebuild()],
      ['read model', () => leases.acquire('projector', 'me', 1_000)],
      ['key store', () => keys.ping()],
      ['key store', () => keys.get('ursula')],
      ['key store', () => keys.create('ursula', new Uint8Array(60))],
      ['key store', () => keys.destroy('ursula', 1_000)],
    ];
  };

  async function expectUnavailable(): Promise<void> {
    const began = performance.now();
    const all = asked();
    const results = await Promise.allSettled(all.map(([, ask]) => ask()));
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    for (const [index, [store]] of all.entries()) {
      const result = results[index]!;
      const error: unknown = result.status === 'rejected' ? result.reason : null;
      expect(error).toBeInstanceOf(StoreUnavailableError);
      expect(error).toHaveProperty('store', store);
    }
  }

  async function expectRecovery(): Promise<void> {
    const readModel = openMongoReadModel(connection, 'test');
    const began = performance.now();
    for (;;) {
      try {
        await readModel.ping();
        break;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || performance.now() - began > BOUND_MS) throw error;
      }
    }
    const session = aSession(1);
    await put(readModel, 1, placedSession(session));
    expect(await readModel.session(session.id)).toEqual(session);
  }

  describe.each<readonly [string, { down: () => Promise<void> | void; back: () => Promise<void> }]>([
    ['refuses connections', { down: () => proxy.refuse(), back: () => proxy.listen() }],
    ['does not answer any more', { down: () => proxy.fallSilent(), back: () => proxy.refuse().then(() => proxy.listen()) }],
  ])('a server that %s', (_, { down, back }) => {
    it('is reported in bounded time, by each store, and service resumes by itself', async () => {
      await openMongoReadModel(connection, 'test').ping();
      await down();
      await expectUnavailable();
      await back();
      await expectRecovery();
    });

    it('is reported in bounded time also if it was never there, and waited for', async () => {
      await down();
      await expectUnavailable();
      await back();
      await expectRecovery();
    });
  });

  it('a connection that is cut while it is waited for is reported, and made again', async () => {
    const readModel = openMongoReadModel(connection, 'test');
    await readModel.ping();
    const chance = chanceOf('cuts');
    for (let cuts = 0; cuts < 6; cuts += 1) {
      const asking = Promise.allSettled(Array.from({ length: 5 }, () => readModel.checkpoint()));
      await sleep(chance() * 3);
      proxy.cut();
      for (const result of await asking)
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailableError);
    }
    await expectRecovery();
  });

  it('a connection that was closed is reported as a store that is unavailable', async () => {
    const readModel = openMongoReadModel(connection, 'test');
    await readModel.ping();
    await connection.close();
    await expect(readModel.checkpoint()).rejects.toThrow(StoreUnavailableError);
  });
});
