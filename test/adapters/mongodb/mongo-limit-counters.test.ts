import { describe, expect, it } from '@jest/globals';
import { createSecretKey, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { MongoLimitCounters } from '../../../src/adapters/mongodb/mongo-limit-counters.js';
import { Limits } from '../../../src/security/limits/limits.js';
import { limitCountersContract } from '../../contract/limit-counters.js';
import { serverDescribe } from '../../support/backends.js';
import { inDatabase, openMongoDatabase } from '../../support/mongo-database.js';

const BUDGET = { key: 'test', points: 2, windowSeconds: 60 };

serverDescribe('limit counters in MongoDB', 'MONGODB_URL', (url) => {
  limitCountersContract('mongodb', () => {
    const database = openMongoDatabase(url);
    const handle = database.connection.store('read model');
    const [counters, elsewhere] = [new MongoLimitCounters(handle), new MongoLimitCounters(handle)];
    return Promise.resolve({ counters, elsewhere, close: () => database.close() });
  });

  it('bind a burst on two instances, and refuse none of those who are right', async () => {
    const database = openMongoDatabase(url);
    try {
      const handle = database.connection.store('read model');
      const secret = createSecretKey(randomBytes(32));
      const instances = [0, 1].map(() => new Limits({ counters: new MongoLimitCounters(handle), secret }));
      const burst = async (end: 'succeed' | 'fail'): Promise<number> => {
        const outcomes = await Promise.all(
          Array.from({ length: 80 }, async (_, index) => {
            const attempt = await instances[index % 2]!.reserveSignIn({ email: 'ada@example.com', address: '192.0.2.1' });
            if (attempt.refused !== null) return false;
            await sleep(5);
            await attempt[end]();
            return true;
          }),
        );
        return outcomes.filter(Boolean).length;
      };
      expect(await burst('succeed')).toBe(80);
      expect(await burst('fail')).toBe(20);
      expect(await burst('succeed')).toBe(0);
    } finally {
      await database.close();
    }
  });

  it('spare a client that proves itself on every instance, and bind guesses at its secret', async () => {
    const database = openMongoDatabase(url);
    try {
      const handle = database.connection.store('read model');
      const shared = { secret: createSecretKey(randomBytes(32)), settings: { anonymousRequestsPerNetwork: 6 } };
      const instances = [0, 1].map(() => new Limits({ counters: new MongoLimitCounters(handle), ...shared }));
      const guesses = async (registered: readonly string[]): Promise<number> => {
        let admitted = 0;
        for (let time = 0; time < 10; time += 1) {
          const subject = { registered, address: '192.0.2.1' };
          const attempt = await instances[time % 2]!.reserveClientAuthentication(subject);
          if (attempt.refused !== null) continue;
          admitted += 1;
          await attempt.fail();
        }
        return admitted;
      };
      expect(await guesses([])).toBe(6);
      expect(await guesses(['gateway'])).toBe(6);
      expect(await guesses(['ledger'])).toBe(6);
    } finally {
      await database.close();
    }
  });

  it('are in the collection that was named, which forgets them by itself', async () => {
    const database = openMongoDatabase(url);
    try {
      const counters = new MongoLimitCounters(database.connection.store('read model'), { collection: 'some_limits' });
      await counters.consume(BUDGET);
      const [documents, indexes] = await inDatabase(database.url, async (db) => [
        await db.collection('some_limits').find().toArray(),
        await db.collection('some_limits').indexes(),
      ]);
      expect(documents).toEqual([expect.objectContaining({ key: 'test', points: 1, expire: expect.any(Date) })]);
      expect(indexes).toContainEqual(expect.objectContaining({ key: { expire: -1 }, expireAfterSeconds: 0 }));
      expect(indexes).toContainEqual(expect.objectContaining({ key: { key: 1 }, unique: true }));
    } finally {
      await database.close();
    }
  });
});

describe('limit counters while MongoDB is down', () => {
  /** A database that is down, or slow. */
  function broken(run: () => Promise<never>) {
    const outages: unknown[] = [];
    let asked = 0;
    const handle = {
      db: { collection: () => ({}) } as unknown as Db,
      run: () => {
        asked += 1;
        return run();
      },
    };
    const counters = new MongoLimitCounters(handle, { onOutage: (error) => outages.push(error) });
    return { counters, outages, asked: () => asked };
  }

  it('are counted in memory, and the outage is reported once', async () => {
    const down = new Error('no primary');
    const { counters, outages, asked } = broken(() => Promise.reject(down));
    const states = [];
    for (let count = 0; count < 4; count += 1) states.push(await counters.consume(BUDGET));
    expect(states.map(({ allowed }) => allowed)).toEqual([true, true, false, false]);
    expect(outages).toEqual([down]);
    // Not every request waits for a server that is down.
    expect(asked()).toBe(1);
  });

  it('keep nobody waiting for a server that does not answer', async () => {
    const { counters, outages } = broken(() => new Promise(() => undefined));
    const begin = performance.now();
    expect(await counters.consume(BUDGET)).toMatchObject({ allowed: true, remaining: 1 });
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(await counters.reward(BUDGET)).toMatchObject({ remaining: 2 });
    expect(outages).toHaveLength(1);
  });
});
