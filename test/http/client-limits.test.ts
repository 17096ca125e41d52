/** Limits of clients that do not prove themselves: those that do are not concerned by what strangers of their network get wrong. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { OAuthClients } from '../../src/security/oauth-clients.js';
import type { Answer } from '../support/api-client.js';
import { startFake, type FakeApp } from '../support/fake-http.js';

const SECRET = 's:cret%';
const LIMIT = 3;

let app: FakeApp;
let hashed = 0;
afterEach(() => app.close());

async function start(): Promise<void> {
  hashed = 0;
  const passwords = {
    verify: (hash: string | null, secret: string) => {
      hashed += 1;
      return Promise.resolve(hash === secret);
    },
  };
  const ids = ['gateway', 'gate way', 'gate%41', 'ledger', 'a b', 'a+b'];
  const clients = [
    ...ids.map((clientId) => ({ clientId, secretHash: SECRET, roles: null, origins: [] })),
    { clientId: 'spa', secretHash: null, roles: null, origins: [] },
  ];
  app = await startFake({
    limits: { settings: { anonymousRequestsPerNetwork: LIMIT } },
    settings: { trustProxy: 1 },
    queries: { introspect: () => Promise.resolve({ active: false }) },
    more: {
      clients: new OAuthClients(clients, passwords),
      revocations: { open: () => Promise.resolve(() => Readable.from([{ kind: 'caught_up', id: 'an.id' }])) },
    },
  });
}

/** The header as it stands: `credentials` are joined and encoded already. */
function headersOf(credentials: string, ip: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}`, 'x-forwarded-for': ip };
}

const IP = '203.0.113.8';
const ENCODED = encodeURIComponent(SECRET);
const form = (endpoint: string, members: Record<string, string>, headers: Record<string, string>): Promise<Answer> =>
  app.api.request(`/oauth2/${endpoint}`, { method: 'POST', headers, body: new URLSearchParams(members) });
const introspect = (credentials: string, ip = IP): Promise<Answer> =>
  form('introspect', { token: 'a.token' }, headersOf(credentials, ip));
const exchange = (credentials: string, ip = IP): Promise<Answer> =>
  form('token', { grant_type: 'refresh_token', refresh_token: 'a.token' }, headersOf(credentials, ip));

async function statuses(answers: readonly Promise<Answer>[]): Promise<number[]> {
  return (await Promise.all(answers)).map(({ status }) => status);
}

/** So many guesses, one after the other. */
async function guess(times: number, ask: (time: number) => Promise<Answer>): Promise<number[]> {
  const all: number[] = [];
  for (let time = 0; time < times; time += 1) all.push(...(await statuses([ask(time)])));
  return all;
}

describe('a client that does not prove itself', () => {
  it('is limited by its network under all names that are not registered, and stops no client that proves itself', async () => {
    await start();
    const good = `gateway:${ENCODED}`;
    expect((await introspect(good)).status).toBe(200);
    const strangers = await guess(LIMIT + 2, (time) => exchange(`nobody${time}:x`));
    expect(strangers).toEqual([401, 401, 401, 429, 429]);
    // A public client has nothing to prove, and no colon is no name.
    expect(await guess(2, (time) => introspect(time === 0 ? 'spa:x' : 'x'))).toEqual([429, 429]);
    expect((await introspect(good)).status).toBe(200);
    expect((await introspect(`ledger:${ENCODED}`)).status).toBe(200);
    const feed = await app.api.request('/api/v1/auth/revocations', { headers: headersOf(good, IP) });
    expect(feed.status).toBe(200);
    expect((await exchange('nobody:x', '203.0.113.9')).status).toBe(401);
    expect(app.lines.filter(({ event }) => event === 'sign_in_limited')).toHaveLength(4);
  });

  it('is limited a registered client and network, whichever endpoint it guesses at', async () => {
    await start();
    const wrong = await guess(LIMIT + 2, (time) => (time % 2 === 0 ? exchange : introspect)(`gateway:${time}`));
    expect(wrong).toEqual([401, 401, 401, 429, 429]);
    const refused = await introspect(`gateway:${ENCODED}`);
    expect(refused.status).toBe(429);
    const policy = 'client_authentication_per_client_and_network';
    expect(refused.headers.get('ratelimit-policy')).toBe(`"${policy}";q=${LIMIT};w=900`);
    expect((await app.metrics.exposition()).text).toContain(`tokenledger_limited_total{policy="${policy}"} 3`);
    expect((await introspect(`ledger:${ENCODED}`)).status).toBe(200);
    expect((await introspect(`gateway:${ENCODED}`, '203.0.113.9')).status).toBe(200);
    expect((await exchange('nobody:x')).status).toBe(401);
  });

  it.each([
    ['a blank', 'gate way', ['gate way', 'gate+way', 'gate%20way', '%67ate way', '%67%61te+way']],
    ['an escape of its own', 'gate%2541', ['gate%41', 'gate%2541', '%67ate%2541']],
  ])('gets no more guesses by another spelling of an id with %s', async (_, good, spellings) => {
    await start();
    const guesses = await guess(12, (time) => introspect(`${spellings[time % spellings.length]}:${time}`));
    expect(guesses.filter((status) => status === 401)).toHaveLength(LIMIT);
    expect((await introspect(`${good}:${ENCODED}`)).status).toBe(429);
    // Nobody else paid for it.
    expect(await guess(LIMIT, () => exchange('nobody:x'))).toEqual([401, 401, 401]);
  });

  it('is counted for both clients that its header may name', async () => {
    await start();
    expect(await guess(LIMIT + 1, (time) => introspect(`a+b:${time}`))).toEqual([401, 401, 401, 429]);
    expect(await guess(2, (time) => introspect(`${time === 0 ? 'a%20b' : 'a%2Bb'}:${ENCODED}`))).toEqual([429, 429]);
    expect((await introspect(`gateway:${ENCODED}`)).status).toBe(200);
  });

  it('has no more secrets hashed than the limit allows, each in its two readings at most', async () => {
    await start();
    await Promise.all(Array.from({ length: 20 }, (_, time) => exchange(`nobody${time}:x`)));
    expect(hashed).toBe(LIMIT);
    await Promise.all(Array.from({ length: 20 }, (_, time) => exchange(`gateway:${time}%41`)));
    expect(hashed).toBe(3 * LIMIT);
  });
});
