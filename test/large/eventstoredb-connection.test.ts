/** How the adapter reaches EventStoreDB: connection strings, TLS, credentials, clusters. Against servers of this process. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { complete } from '../../src/adapters/eventstoredb/connection.js';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { ForeignPositionError, StoreRefusedError } from '../../src/event-store/errors.js';
import type { EventStore, StoredEvent } from '../../src/event-store/event-store.js';
import { openEmbeddedStores, type EmbeddedStores } from '../support/embedded-stores.js';
import { startEventStoreServer, type EventStoreServer } from '../support/eventstoredb/event-store-server.js';
import { TEST_CERTIFICATE } from '../support/eventstoredb/test-certificate.js';
import { anEvent, appendNext, freshStream, idsOf, someEvents } from '../support/log-events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let embedded: EmbeddedStores;
let servers: EventStoreServer[] = [];
let opened: EventStore[] = [];
beforeEach(async () => {
  folder = temporaryFolder();
  embedded = await openEmbeddedStores(folder.path);
});
afterEach(async () => {
  for (const store of opened) await store.close();
  for (const server of servers) server.stop();
  [opened, servers] = [[], []];
  await embedded.close();
  folder.remove();
});

async function start(options: Parameters<typeof startEventStoreServer>[1] = {}): Promise<EventStoreServer> {
  const server = await startEventStoreServer(embedded.eventStore, options);
  servers.push(server);
  return server;
}

function open(url: string): EventStore {
  const store = openEventStoreDb(url);
  opened.push(store);
  return store;
}

/** Whether it can be written to and read from. */
async function expectService(store: EventStore): Promise<void> {
  const stream = freshStream();
  const event = anEvent();
  await store.append(stream, [event], 'no_stream');
  expect(idsOf(await store.readStream(stream))).toEqual([event.id]);
}

describe('a connection string', () => {
  it.each([
    'esdb://',
    'esdb://ursula:s3cret@host?tls=perhaps',
    'esdb://ursula:s3cret%ZZ@host',
    'esdb://ursula:s3cret@host?tlsCAFile=/nowhere/ca.pem',
    'esdb://host?foo=s3cret',
    'kurrent://s3cret',
  ])('that cannot be used (%s) is refused at once, without showing the secret in it', (url) => {
    const attempt = (): EventStore => open(url);
    expect(attempt).toThrow(StoreUnavailableError);
    expect(attempt).toThrow(/its connection string|user name or password/);
    expect(attempt).not.toThrow(/s3cret/);
  });

  it.each([
    ['esdb://ursula:s3cret@host?tls=perhaps', 'cannot be used: tls must be true or false'],
    ['esdb://host?tls=false&keepAliveInterval=x', 'cannot be used: keepAliveInterval must be a whole number'],
    ['esdb://host?tls=false&nodePreference=x', expect.stringMatching(/: nodePreference must be leader or follower or /)],
    ['esdb://host?tlsCAFile=/nowhere', 'cannot be used: Failed to load certificate file. File was not found'],
    ['esdb://ursula:s3cret%ZZ@host', 'cannot be used: its user name or password is not URL-encoded'],
    ['esdb://[::1]?tls=false', 'cannot be used: it must look like esdb://user:password@host:2113?tls=true'],
  ])('that is %s says what is wrong', (url, problem) => {
    expect(() => open(url)).toThrow(expect.objectContaining({ name: 'StoreUnavailableError', problem }));
  });

  it('must name a user where there is TLS: nobody else may append there', () => {
    expect(() => open('esdb://127.0.0.1:2113')).toThrow(/must have a user name and a password, unless it says tls=false/);
  });

  it.each([
    ['esdb://a:1', 'esdb://a:1?gossipTimeout=1&keepAliveTimeout=2000'],
    ['esdb://a:1/', 'esdb://a:1?gossipTimeout=1&keepAliveTimeout=2000'],
    ['esdb://a:1,b:2?tls=false', 'esdb://a:1,b:2?tls=false&gossipTimeout=1&keepAliveTimeout=2000'],
    ['esdb://a:1?GossipTimeout=7', 'esdb://a:1?GossipTimeout=7&keepAliveTimeout=2000'],
    ['esdb://a:1?keep-alive-timeout=9000&gossip_timeout=3', 'esdb://a:1?keep-alive-timeout=9000&gossip_timeout=3'],
    ['esdb://a:1?foo=1&tls=false&tls-ca-flie=x', 'esdb://a:1?tls=false&gossipTimeout=1&keepAliveTimeout=2000'],
    ['esdb://u:p&foo=1@a:1?tls=false', 'esdb://u:p&foo=1@a:1?tls=false&gossipTimeout=1&keepAliveTimeout=2000'],
    ['esdb://a:1?foo&tls=', 'esdb://a:1?foo&tls=&gossipTimeout=1&keepAliveTimeout=2000'],
  ])('%s is completed where it says nothing', (url, completed) => {
    expect(complete(url)).toBe(completed);
  });

  it('shows nothing of itself on the console, whatever its options', async () => {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      await open('esdb://ursula:s3cret@host?tls=false&bogus=s3cret&BOGUS_ONE=2').close();
      expect(JSON.stringify(warned.mock.calls)).toBe('[]');
    } finally {
      warned.mockRestore();
    }
  });
});

describe('a server with TLS', () => {
  async function secured(): Promise<{ url: (user: string) => string }> {
    const server = await start({ tls: TEST_CERTIFICATE });
    server.node.authorization = `Basic ${Buffer.from('ursula:pass@word/ü').toString('base64')}`;
    const ca = path.join(folder.path, 'ca.pem');
    writeFileSync(ca, TEST_CERTIFICATE.cert);
    return { url: (user) => `esdb://${user}@localhost:${server.port}?tlsCAFile=${ca}` };
  }
  const password = encodeURIComponent('pass@word/ü');

  it('is used with the credentials of the connection string: to append, read and subscribe', async () => {
    const { url } = await secured();
    const store = open(url(`ursula:${password}`));
    await expectService(store);
    await store.ping();
    const { position } = await store.append(freshStream(), someEvents(1), 'no_stream');
    const signal = AbortSignal.timeout(60_000);
    for await (const batch of store.subscribeToAll({ after: null, signal })) if (batch.position >= position) break;
    expect(signal.aborted).toBe(false);
  });

  it('E2: that does not know the user refuses it, whatever is asked, and the refusal names the user', async () => {
    const { url } = await secured();
    const store = open(url('ursula:wrong'));
    for (const ask of [
      () => store.ping(),
      () => store.readStream(freshStream()),
      () => store.readAll(),
      () => store.readNewest(),
      () => store.append(freshStream(), someEvents(1), 'no_stream'),
    ]) {
      const refused = ask();
      await expect(refused).rejects.toThrow(StoreRefusedError);
      await expect(refused).rejects.toThrow(/user ursula: .*password is wrong/);
    }
  });
});

describe('a cluster', () => {
  /** Three nodes of one log; the numbered one leads. */
  function lead(leader: number): void {
    const members = servers.map(({ port }) => ({ address: '127.0.0.1', port }));
    const led = [members[leader]!, ...members.filter((_, index) => index !== leader)];
    for (const [index, { node }] of servers.entries()) {
      node.members = led;
      node.leader = index === leader ? null : members[leader]!;
    }
  }
  async function startThree(): Promise<string> {
    for (let node = 0; node < 3; node += 1) await start();
    return `esdb://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}?tls=false`;
  }

  it('is asked who leads, and the leader for all else; when another leads, that one', async () => {
    const store = open(await startThree());
    for (const leader of [2, 0, 1]) {
      lead(leader);
      await expectService(store);
    }
  });

  it('goes on with another leader when the leader is gone, without an error to those who read or append', async () => {
    const url = await startThree();
    lead(0);
    const store = open(url);
    await expectService(store);
    for (const next of [1, 2]) {
      const going = Array.from({ length: 20 }, () => expectService(store));
      servers[next - 1]!.stop();
      lead(next);
      await Promise.all(going);
      await expectService(store);
    }
  });

  it('is found from a single node of it that only follows', async () => {
    await startThree();
    lead(2);
    await expectService(open(`esdb://127.0.0.1:${servers[0]!.port}?tls=false`));
  });
});

describe('what the server writes for itself', () => {
  /** Some are known by their type, some by their stream alone. */
  const ofServer = (): StoredEvent[] =>
    someEvents(40).map((event, index) => (index % 2 === 0 ? event : { ...event, type: '$statsCollected' }));

  it('is in no page and no batch, and counts for neither; positions go past it', async () => {
    const store = open(`esdb://127.0.0.1:${(await start()).port}?tls=false`);
    const stream = freshStream();
    const events = someEvents(3);
    for (const event of events) {
      await appendNext(embedded.eventStore, '$stats', ofServer());
      await appendNext(store, stream, [event]);
    }
    await appendNext(embedded.eventStore, '$stats', ofServer());
    expect(idsOf(await store.readAll({ maxCount: 3 }))).toEqual(idsOf(events));
    const first = await store.readAll({ maxCount: 1 });
    expect(idsOf(await store.readAll({ after: first[0]!.position, maxCount: 10 }))).toEqual(idsOf(events.slice(1)));
    const seen: string[] = [];
    for await (const batch of store.subscribeToAll({ after: null, signal: AbortSignal.timeout(60_000) })) {
      seen.push(...idsOf(batch.events));
      const [last] = (await store.readAll({ maxCount: 10 })).slice(-1);
      // Only an empty batch can be beyond the last event: it says that the server has looked at what follows.
      if (batch.events.length === 0 && batch.position > last!.position) break;
    }
    expect(seen).toEqual(idsOf(events));
  });

  it('a position of another store is not taken for one of this', async () => {
    const store = open(`esdb://127.0.0.1:${(await start()).port}?tls=false`);
    const { position } = await embedded.eventStore.append(freshStream(), someEvents(1), 'no_stream');
    await expect(store.readAll({ after: position })).rejects.toThrow(ForeignPositionError);
  });
});
