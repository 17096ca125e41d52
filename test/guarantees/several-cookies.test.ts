/** What a browser causes that sends the refresh cookie more than once: one of another path or a parent domain was left over. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer, Credentials, Pair } from '../support/api-client.js';
import { startApp } from '../support/every-back-end.js';
import { eventsOnDevice, typesOnDevice as typesOf } from '../support/log.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';

const SECOND = 1_000;

/** A session of a browser, as its first answer and its cookie say. */
interface Session {
  readonly pair: Pair;
  readonly name: string;
  readonly token: string;
}

let app: RunningApp;
let now: number;
let credentials: Credentials;
let b: Session;
let a: Session;
beforeEach(async () => {
  now = Date.parse('2026-01-01T00:00:00.000Z');
  app = await startApp({ now: () => now });
  credentials = freshCredentials();
  await app.api.register(credentials);
  b = await signIn();
  now += SECOND;
  a = await signIn();
  now += SECOND;
});
afterEach(() => app.close());

const typesOnDevice = ({ pair }: Session): Promise<string[]> => typesOf(app.application, pair);
const inPage = (): Record<string, string> => ({ origin: app.url, 'x-requested-with': 'tokenledger' });

function cookieOf({ headers }: Answer): readonly [name: string, value: string] {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*);/.exec(headers.getSetCookie()[0] ?? '') ?? [];
  return [name, value];
}

async function signIn(): Promise<Session> {
  const answer = await app.api.post<Pair>('login', { ...credentials, mode: 'cookie' }, inPage());
  expect(answer.status).toBe(200);
  const [name, token] = cookieOf(answer as unknown as Answer);
  return { pair: answer.body, name, token };
}

/** From a browser whose cookies have these values. */
function send(path: 'refresh' | 'logout', ...tokens: string[]): Promise<Answer> {
  const cookie = tokens.map((token) => `${a.name}=${token}`).join('; ');
  return app.api.post(path, {}, { ...inPage(), cookie });
}

/** Another holder rotates a family so many times, each time later than grace. */
async function rotatedElsewhere(token: string, times: number): Promise<string> {
  let present = token;
  for (let time = 0; time < times; time += 1) {
    const { status, body } = await app.api.refresh(present);
    expect(status).toBe(200);
    present = body.refresh_token;
    now += 60 * SECOND;
  }
  return present;
}

describe('G3: a left-over cookie beside that of a living session', () => {
  it('that has to wait for its limit does not keep the living one waiting', async () => {
    let { token } = a;
    // 600 an hour, and these take no time.
    for (let count = 0; count < 600; count += 1) token = (await app.api.refresh(token)).body.refresh_token;
    expect((await send('refresh', token)).status).toBe(429);
    const answer = await send('refresh', token, b.token);
    expect([answer.status, answer.body.session_id]).toEqual([200, b.pair.session_id]);
    expect((await send('refresh', token)).status).toBe(429);
  });

  it.each([1, 2, 5])('is not presented, so the family it is of lives on: rotated %d times elsewhere', async (times) => {
    const held = await rotatedElsewhere(a.token, times);
    for (const tokens of [
      [a.token, b.token],
      [b.token, a.token],
    ]) {
      const answer = await send('refresh', ...tokens);
      expect([answer.status, answer.body.session_id]).toEqual([200, b.pair.session_id]);
    }
    expect((await app.api.refresh(held)).status).toBe(200);
    expect(await typesOnDevice(a)).not.toContain('TokenReuseDetected');
  });

  it('is not presented either where its family goes on while it is looked at', async () => {
    const { eventLog } = app.application;
    const original = eventLog.append.bind(eventLog);
    let held = '';
    const overtaken: typeof eventLog.append = async (...args) => {
      // The sealer's time may come in between.
      if (args[0].kind !== 'token') return original(...args);
      Reflect.deleteProperty(eventLog, 'append');
      held = await rotatedElsewhere(a.token, 2);
      return original(...args);
    };
    Object.defineProperty(eventLog, 'append', { value: overtaken, configurable: true });
    const answer = await send('refresh', a.token, b.token);
    expect([answer.status, answer.body.session_id]).toEqual([200, b.pair.session_id]);
    expect((await app.api.refresh(held)).status).toBe(200);
  });

  it('is theft as ever where no cookie is good', async () => {
    const held = await rotatedElsewhere(a.token, 2);
    expect((await app.api.logout(b.token)).status).toBe(204);
    const answer = await send('refresh', a.token, b.token);
    expect([answer.status, answer.body.code]).toEqual([401, 'token_reused']);
    expect((await app.api.refresh(held)).body.code).toBe('token_revoked');
  });

  it('ends its family by a logout and not as theft where the browser signs out', async () => {
    await rotatedElsewhere(a.token, 2);
    expect((await send('logout', a.token, b.token)).status).toBe(204);
    for (const { pair } of [a, b]) {
      const events = await eventsOnDevice(app.application, pair);
      expect(events.at(-1)!.event).toMatchObject({ type: 'TokenRevoked', data: { reason: 'logout' } });
      expect(events.map(({ event }) => event.type)).not.toContain('TokenReuseDetected');
    }
  });
});

describe('G1, G2: of two living sessions', () => {
  it('a retry comes to the one that the lost answer was for, and gets the same successor', async () => {
    const lost = await send('refresh', a.token, b.token);
    now += 10 * SECOND;
    const retried = await send('refresh', b.token, a.token);
    expect([retried.status, retried.body.session_id]).toEqual([200, a.pair.session_id]);
    expect(cookieOf(retried)).toEqual(cookieOf(lost));
    expect(await typesOnDevice(b)).toEqual(['TokenIssued']);
  });

  it('parallel requests all refresh the same one, once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('refresh', b.token, a.token)));
    expect(new Set(answers.map((answer) => cookieOf(answer)[1])).size).toBe(1);
    const types = await typesOnDevice(a);
    expect(types.filter((type) => type === 'TokenRotated')).toHaveLength(1);
    expect(types).not.toContain('TokenReuseDetected');
    expect(await typesOnDevice(b)).toEqual(['TokenIssued']);
  });

  it('the other one is taken where somebody else has just used the first', async () => {
    const { status, body } = await app.api.post<Pair>('refresh', { refresh_token: a.token }, { 'user-agent': 'another' });
    expect(status).toBe(200);
    const answer = await send('refresh', a.token, b.token);
    expect([answer.status, answer.body.session_id]).toEqual([200, b.pair.session_id]);
    expect((await app.api.refresh(body.refresh_token)).status).toBe(200);
    expect(await typesOnDevice(a)).toEqual(['TokenIssued', 'TokenRotated', 'TokenRotated']);
  });
});
