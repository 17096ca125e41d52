import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Commands, RefreshResult } from '../../src/commands/commands.js';
import { positionOf } from '../../src/event-store/position.js';
import type { HttpSettings } from '../../src/http/dependencies.js';
import { cookieName } from '../../src/http/refresh-cookie.js';
import type { Answer } from '../support/api-client.js';
import {
  AUTHORIZATION,
  codec,
  codeOf,
  fakePair,
  fakeToken,
  SID,
  startFake,
  USER,
  type FakeApp,
} from '../support/fake-http.js';

const ISSUER = 'https://auth.example.com';
const NAME = cookieName(ISSUER);
const OTHER = randomUUID();
const LOGIN = { email: 'ada@example.com', password: 'a password', mode: 'cookie' };

let app: FakeApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

type Outcome = Exclude<RefreshResult['outcome'], 'limited'>;

/** A server on which each refresh token has the outcome that is scripted for it; what is not named is invalid. */
async function start(
  outcomes: Readonly<Record<string, Outcome>> = {},
  settings: Partial<HttpSettings> = {},
): Promise<FakeApp & { readonly presented: string[]; readonly lookedAt: string[] }> {
  const presented: string[] = [];
  const lookedAt: string[] = [];
  const present = (refreshToken: string): RefreshResult => {
    presented.push(refreshToken);
    const outcome = outcomes[refreshToken] ?? 'invalid';
    const tokens = fakePair({ refreshToken: `next-of.${refreshToken}` });
    return { outcome, tokens, userId: USER, sid: SID, position: positionOf(1) };
  };
  const commands: Partial<Commands> = {
    signIn: ({ remember }) =>
      Promise.resolve({ outcome: 'issued', tokens: fakePair({ remember }), userId: USER, position: positionOf(1) }),
    knownDevice: () => Promise.resolve(null),
    refresh: ({ refreshToken }) => Promise.resolve(present(refreshToken)),
    refreshIfGood: ({ refreshToken }) => {
      lookedAt.push(refreshToken);
      const outcome = outcomes[refreshToken];
      return Promise.resolve(outcome === 'rotated' || outcome === 'redelivered' ? present(refreshToken) : null);
    },
    signOut: ({ refreshToken: token }) => {
      presented.push(token);
      const place = { userId: USER, sid: SID, position: positionOf(presented.length) };
      return Promise.resolve(token.startsWith('genuine') ? { outcome: 'revoked', ...place } : { outcome: 'invalid' });
    },
  };
  app = await startFake({ commands, settings });
  return { ...app, presented, lookedAt };
}

const fromPage = (...tokens: string[]): Record<string, string> => ({
  cookie: ['theme=dark', ...tokens.map((token) => `${NAME}=${token}`), 'tokenledger_refresh=stale'].join('; '),
  origin: ISSUER,
  'x-requested-with': 'tokenledger',
});
const cookies = ({ headers }: Answer): string[] => headers.getSetCookie();
const cleared = `${NAME}=; Max-Age=0; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict`;

describe('the cookie of the refresh token', () => {
  it('has a name of its own for each installation', () => {
    expect(NAME).toMatch(/^__Secure-tokenledger-[\w-]{8}$/);
    expect(cookieName('http://127.0.0.1:8080')).not.toBe(cookieName('http://127.0.0.1:8090'));
  });

  it('is set at sign-in, out of reach of scripts, as long as its token lives', async () => {
    const { api } = await start();
    const answer = await api.post('login', LOGIN);
    expect(answer.body).not.toHaveProperty('refresh_token');
    expect(answer.body).toHaveProperty('access_token');
    const value = fakePair().refreshToken;
    expect(cookies(answer)).toEqual([
      `${NAME}=${value}; Max-Age=604800; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict`,
    ]);
  });

  it.each([
    ['https://auth.example.com/', '/api/v1/auth'],
    ['https://example.com/auth', '/auth/api/v1/auth'],
    ['https://example.com/auth/eu/', '/auth/eu/api/v1/auth'],
    ['https://example.com/über uns', '/%C3%BCber%20uns/api/v1/auth'],
  ])('is for the place where clients of %s find the sign-in, under the name of before', async (url, path) => {
    const token = fakeToken(SID, 1);
    const { api } = await start({ [token]: 'rotated' }, { issuer: url, url });
    const headers = { ...fromPage(`genuine.${token}`), origin: new URL(url).origin };
    const answers = [
      await api.post('login', LOGIN),
      await api.post('refresh', {}, { ...headers, cookie: `${NAME}=${token}` }),
      await api.post('logout', {}, headers),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 204]);
    for (const answer of answers) {
      const attributes = cookies(answer).map((cookie) => cookie.split('; '));
      expect(attributes).toEqual([expect.arrayContaining([`Path=${path}`])]);
      expect(attributes[0]![0]).toMatch(new RegExp(`^${NAME}=`));
    }
  });

  it('ends with the browser without remember', async () => {
    const { api } = await start();
    const answer = await api.post('login', { ...LOGIN, remember: false });
    expect(cookies(answer)).toEqual([
      `${NAME}=${fakePair().refreshToken}; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict`,
    ]);
  });

  it('rotates, and its token is never in a body', async () => {
    const token = fakeToken(SID, 1);
    const { api, lookedAt } = await start({ [token]: 'rotated' });
    for (const body of [{}, { refresh_token: null }, { refresh_token: '' }]) {
      const answer = await api.post('refresh', body, fromPage(token));
      expect([answer.status, answer.body.refresh_token]).toEqual([200, undefined]);
      expect(cookies(answer)).toEqual([expect.stringContaining(`${NAME}=next-of.${token}; Max-Age=604800;`)]);
    }
    expect(lookedAt).toEqual([]);
  });

  it.each(['invalid', 'expired', 'revoked', 'reused'] as const)('is removed once its token is %s', async (outcome) => {
    const token = fakeToken(SID, 1);
    const { api } = await start({ [token]: outcome });
    const answer = await api.post('refresh', {}, fromPage(token));
    expect([answer.status, cookies(answer)]).toEqual([401, [cleared]]);
  });

  it('stays when the proof is missing, which hurts nobody', async () => {
    const token = fakeToken(SID, 1);
    const { api } = await start({ [token]: 'invalid_proof' });
    const answer = await api.post('refresh', {}, fromPage(token));
    expect([answer.status, cookies(answer)]).toEqual([400, []]);
  });

  it('is removed when its value is none of ours, and left alone under another name', async () => {
    const { api } = await start();
    const garbage = await api.post('refresh', {}, fromPage('garbage'));
    expect([...codeOf(garbage), cookies(garbage)]).toEqual([401, 'token_invalid', [cleared]]);
    const neighbour = `${cookieName('http://127.0.0.1:8090')}=${fakeToken(SID, 1)}`;
    const other = await api.post('refresh', {}, { ...fromPage(), cookie: neighbour });
    expect([...codeOf(other), cookies(other)]).toEqual([422, 'validation_failed', []]);
  });

  it('comes second to a token in the body', async () => {
    const { api, presented } = await start({ body: 'rotated' });
    const answer = await api.post('refresh', { refresh_token: 'body' }, fromPage(fakeToken(SID, 1)));
    expect([answer.status, cookies(answer), presented]).toEqual([200, [], ['body']]);
  });
});

describe('a request that carries the cookie twice', () => {
  const good = fakeToken(SID, 7);

  it.each([
    ['garbage', 'stale'],
    ['an older generation, which would count as theft', fakeToken(SID, 3)],
    ['the same once more', good],
  ])('with %s refreshes the good one, in either order', async (_, stale) => {
    const { api, presented } = await start({ [good]: 'rotated', [fakeToken(SID, 3)]: 'reused' });
    for (const values of [
      [stale, good],
      [good, stale],
    ]) {
      const answer = await api.post('refresh', {}, fromPage(...values));
      expect(answer.status).toBe(200);
      expect(cookies(answer)).toEqual([expect.stringContaining(`${NAME}=next-of.${good};`)]);
    }
    expect(presented).toEqual([good, good]);
  });

  it.each([16, 60])('finds and ends the good one behind %d that are none of ours', async (count) => {
    const { api, presented } = await start({ [good]: 'rotated' });
    const stale = Array.from({ length: count }, (_, index) => `stale-${index}`);
    const refreshed = await api.post('refresh', {}, fromPage(...stale, good));
    expect([refreshed.status, cookies(refreshed)]).toEqual([200, [expect.stringContaining(`${NAME}=next-of.${good};`)]]);
    expect((await api.post('logout', {}, fromPage(...stale, good))).status).toBe(204);
    expect(presented).toEqual([good, good]);
  });

  it('takes that of the family which is active, whichever was issued last', async () => {
    const ended = fakeToken(OTHER, 1, 99);
    const { api } = await start({ [good]: 'rotated', [ended]: 'revoked' });
    const answer = await api.post('refresh', {}, fromPage(ended, good));
    expect([answer.status, cookies(answer)]).toEqual([200, [expect.stringContaining(`${NAME}=next-of.${good};`)]]);
  });

  it.each(['reused', 'contested', 'revoked', 'invalid_proof'] as const)(
    'does not present one beside the good one that would be %s',
    async (outcome) => {
      const leftOver = fakeToken(OTHER, 1, 99);
      const { api, presented, metrics } = await start({ [good]: 'rotated', [leftOver]: outcome });
      const answer = await api.post('refresh', {}, fromPage(leftOver, good));
      expect([answer.status, cookies(answer)]).toEqual([200, [expect.stringContaining(`${NAME}=next-of.${good};`)]]);
      expect(presented).toEqual([good]);
      const counted = (await metrics.exposition()).text.match(/^tokenledger_refreshes_total\{.*\} [1-9].*$/gm);
      expect(counted).toEqual(['tokenledger_refreshes_total{outcome="rotated"} 1']);
    },
  );

  it('comes to the same one again at a retry, though another is good too', async () => {
    const retried = fakeToken(OTHER, 1, 99);
    const { api, presented } = await start({ [good]: 'rotated', [retried]: 'redelivered' });
    const answer = await api.post('refresh', {}, fromPage(good, retried));
    expect([answer.status, presented]).toEqual([200, [retried]]);
  });

  it('answers about the one issued last if none is good', async () => {
    const last = fakeToken(OTHER, 1, 99);
    const { api, presented } = await start({ [good]: 'revoked', [last]: 'reused' });
    expect(codeOf(await api.post('refresh', {}, fromPage(good, last)))).toEqual([401, 'token_reused']);
    expect(presented[0]).toBe(last);
  });

  it('is 401 and clears it if no family is active', async () => {
    const { api } = await start({ [good]: 'expired', [fakeToken(OTHER, 1)]: 'revoked' });
    const answer = await api.post('refresh', {}, fromPage(good, fakeToken(OTHER, 1)));
    expect([...codeOf(answer), cookies(answer)]).toEqual([401, 'token_expired', [cleared]]);
  });

  it('ends each genuine session at sign-out', async () => {
    const { api, presented } = await start();
    const answer = await api.post('logout', {}, fromPage('garbage', good, fakeToken(SID, 3), fakeToken(OTHER, 1)));
    expect([answer.status, cookies(answer)]).toEqual([204, [cleared]]);
    expect(presented).toEqual([good, fakeToken(OTHER, 1)]);
    expect(codec.decode(answer.headers.get('log-position')!)).toBe(positionOf(2));
  });

  it('of which none is genuine signs nobody out', async () => {
    const { api } = await start();
    const answer = await api.post('logout', {}, fromPage('garbage', 'rubbish'));
    expect([...codeOf(answer), cookies(answer)]).toEqual([401, 'token_invalid', [cleared]]);
  });
});

describe('a change of password', () => {
  const change = { current_password: 'old password', new_password: 'a new long password' };

  it.each([
    ['its own session', fakeToken(SID, 2), true],
    ['another session', fakeToken(OTHER, 2), false],
    ['nobody', 'garbage', false],
  ])('with the cookie of %s', async (_, token, isInCookie) => {
    app = await startFake({
      commands: {
        changePassword: () => Promise.resolve({ outcome: 'changed', tokens: fakePair(), position: positionOf(1) }),
      },
    });
    const answer = await app.api.post('password/change', change, { ...fromPage(token), ...AUTHORIZATION });
    expect(answer.status).toBe(200);
    expect('refresh_token' in answer.body).toBe(!isInCookie);
    expect(cookies(answer)).toHaveLength(isInCookie ? 1 : 0);
  });
});

describe('a device that the account knows', () => {
  it('is looked for in each cookie, then in a Bearer refresh token with its device id', async () => {
    const asked: unknown[] = [];
    app = await startFake({
      commands: {
        knownDevice: (proof) => {
          asked.push(proof);
          return Promise.resolve(null);
        },
        signIn: () => Promise.resolve({ outcome: 'invalid_credentials' }),
      },
    });
    const { email, password } = LOGIN;
    const device_id = randomUUID();
    const authorization = { authorization: `Bearer ${fakeToken(SID, 1)}` };
    await app.api.post('login', { email, password, device_id }, { ...fromPage('one', 'two'), ...authorization });
    await app.api.post('login', { email, password }, authorization);
    expect(asked).toEqual([
      { refreshToken: 'one', email, deviceId: null },
      { refreshToken: 'two', email, deviceId: null },
      { refreshToken: fakeToken(SID, 1), email, deviceId: device_id },
    ]);
  });
});
