import { afterEach, describe, expect, it } from '@jest/globals';
import { createSecretKey } from 'node:crypto';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { positionOf, type Position } from '../../src/event-store/position.js';
import { PositionWaiters } from '../../src/http/position-waiters.js';
import { LogPositionCodec } from '../../src/security/log-position-codec.js';
import type { Answer } from '../support/api-client.js';
import { codec, codeOf, startFake, USER, type FakeApp, type FakeOptions } from '../support/fake-http.js';

let app: FakeApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

const LONG = { namedMs: 30_000, unaskedMs: 30_000 };
const account = { userId: USER, email: null, emailVerified: false, name: null, roles: [], createdAt: 0 };
async function start(options: FakeOptions): Promise<FakeApp> {
  app = await startFake({ queries: { me: () => Promise.resolve(account) }, ...options });
  return app;
}
const me = ({ api }: FakeApp, ifLogPosition: string): Promise<Answer> =>
  api.get('me', 'an.access.token', { 'if-log-position': ifLogPosition });
const at = (position: number): string => codec.encode(positionOf(position));

describe('If-Log-Position', () => {
  it('is waited for until the read model shows it', async () => {
    let checkpoint = 40;
    const running = await start({ checkpoint: () => Promise.resolve(positionOf(checkpoint)) });
    const begin = performance.now();
    setTimeout(() => (checkpoint = 50), 150);
    expect((await me(running, at(50))).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThan(100);
  });

  it.each([(texts: string[]) => texts.join(', '), (texts: string[]) => `${texts.join(',')},`])(
    'may name several, in no order, of which all must be shown',
    async (joined) => {
      const running = await start({ checkpoint: () => Promise.resolve(positionOf(50)) });
      expect((await me(running, joined([at(50), at(3), at(49)]))).status).toBe(200);
      expect(codeOf(await me(running, joined([at(51), at(3)])))).toEqual([503, 'not_yet_visible']);
    },
  );

  it('that was never given, or is of another installation, is 400 at once', async () => {
    const running = await start({ checkpoint: () => Promise.resolve(positionOf(1)), waits: LONG });
    const other = new LogPositionCodec(() => createSecretKey(Buffer.alloc(32, 8)));
    const begin = performance.now();
    const feedId = codec.encode(`${positionOf(0)} a-history`);
    for (const text of ['x', positionOf(1), feedId, other.encode(positionOf(1)), at(101), `${at(1)}, x`])
      expect(codeOf(await me(running, text))).toEqual([400, 'invalid_log_position']);
    expect(performance.now() - begin).toBeLessThan(LONG.namedMs);
  });

  it('that was given but is not shown within two seconds is 503, and no store is called unavailable', async () => {
    const running = await start({ checkpoint: () => Promise.resolve(null) });
    const begin = performance.now();
    const answer = await me(running, at(100));
    expect([...codeOf(answer), answer.headers.get('retry-after')]).toEqual([503, 'not_yet_visible', '1']);
    expect(performance.now() - begin).toBeGreaterThan(1_900);
    expect(performance.now() - begin).toBeLessThan(4_000);
  });

  it('needs the read model: without it the answer is that it is unavailable', async () => {
    const down = (): Promise<never> => Promise.reject(new StoreUnavailableError('read model', 'down'));
    expect(codeOf(await me(await start({ checkpoint: down }), at(1)))).toEqual([503, 'unavailable']);
  });

  it('S14: is waited for by at most twenty requests of a user, and one poll serves them all', async () => {
    let asked = 0;
    // All have come before the first has waited its time.
    const running = await start({
      waits: { namedMs: 5_000, unaskedMs: 250 },
      checkpoint: () => {
        asked += 1;
        return Promise.resolve(positionOf(1));
      },
    });
    const answers = await Promise.all(Array.from({ length: 30 }, () => me(running, at(100))));
    const statuses = answers.map(({ status }) => status).sort((one, other) => one - other);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 429), ...Array.from({ length: 20 }, () => 503)]);
    // One question for each request, and one poll of about 200 questions instead of twenty.
    expect(asked).toBeLessThan(30 + 400);
    expect(running.waiters.size).toBe(0);
  });
});

describe('what the same process answered before', () => {
  it('is waited for without being named, a moment', async () => {
    let checkpoint = 1;
    const running = await start({
      checkpoint: () => Promise.resolve(positionOf(checkpoint)),
      commands: { signOutAll: () => Promise.resolve({ outcome: 'revoked', position: positionOf(7) }) },
    });
    await running.api.logoutAll('an.access.token');
    setTimeout(() => (checkpoint = 7), 100);
    const begin = performance.now();
    expect((await running.api.get('me', 'an.access.token')).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThan(60);
    checkpoint = 1;
    expect((await running.api.get('me', 'an.access.token')).status).toBe(200);
  });
});

describe('the waiters', () => {
  it('are woken by the progress of a projector without a poll', async () => {
    let answer: (position: Position) => void = () => undefined;
    const waiters = new PositionWaiters(() => new Promise((resolve) => (answer = resolve)));
    const one = waiters.wait(positionOf(5), 5_000);
    const other = waiters.wait(positionOf(6), 50);
    waiters.advanced(positionOf(5));
    expect(await one).toBe(true);
    expect(await other).toBe(false);
    answer(positionOf(0));
    expect(waiters.size).toBe(0);
  });

  it('reject as the read model does, and go on with the next', async () => {
    let isDown = true;
    const waiters = new PositionWaiters(() =>
      isDown ? Promise.reject(new StoreUnavailableError('read model', 'down')) : Promise.resolve(positionOf(9)),
    );
    await expect(waiters.wait(positionOf(5), 1_000)).rejects.toThrow(StoreUnavailableError);
    isDown = false;
    expect(await waiters.wait(positionOf(5), 1_000)).toBe(true);
  });
});
