/** What instances do about a leader that does not answer. Against servers of this process. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { startEventStoreServer, type EventStoreServer } from '../support/eventstoredb/event-store-server.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { anEvent, freshStream, idsOf, newestOf } from '../support/log-events.js';

describe('E1: a leader that is silent, not gone', () => {
  const MAX_MS = 6_000;
  let opened: OpenedServer;
  let nodes: EventStoreServer[];
  beforeEach(async () => {
    opened = await openEventStoreServer();
    nodes = await Promise.all([1, 2, 3].map(() => startEventStoreServer(opened.server.node.store)));
    for (const index of [0, 1, 2]) name(index, 0);
  });
  afterEach(async () => {
    for (const node of nodes) node.stop();
    await opened.close();
  });

  /** Lets one node name another as the leader. */
  function name(of: number, leader: number): void {
    const members = nodes.map(({ port }) => ({ address: '127.0.0.1', port }));
    const { node } = nodes[of]!;
    node.members = [members[leader]!, ...members.filter((_, index) => index !== leader)];
    node.leader = of === leader ? null : members[leader]!;
  }

  it('is left by every instance within six seconds of the others naming a new one', async () => {
    const url = `esdb://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}?tls=false`;
    const instances = [openEventStoreDb(url), openEventStoreDb(url)];
    const idle = openEventStoreDb(url);
    const end = new AbortController();
    const seen: string[] = [];
    const states: string[] = [];
    const followed = (async () => {
      const options = { after: null, streamPrefixes: ['after-'], signal: end.signal };
      const onConnection = (state: string): unknown => states.push(state);
      for await (const { events } of idle.subscribeToAll({ ...options, onConnection })) {
        seen.push(...idsOf(events));
        if (seen.length === instances.length) end.abort();
      }
    })();
    const served = async (instance: EventStore): Promise<void> => {
      for (;;) {
        const stream = freshStream('after');
        try {
          await instance.append(stream, [anEvent()], 'no_stream');
          if ((await newestOf(instance, stream)) !== null) return;
        } catch (error) {
          expect(error).toMatchObject({ name: 'StoreUnavailableError' });
        }
      }
    };
    try {
      await Promise.all(instances.map((instance) => instance.ping()));
      while (states.length === 0) await sleep(10);
      nodes[0]!.node.silent = true;
      // For a while the others still name it.
      const serving = instances.map(served);
      await sleep(4_000);
      for (const index of [1, 2]) name(index, 1);
      const namedAt = performance.now();
      await Promise.all(serving);
      expect(performance.now() - namedAt).toBeLessThan(MAX_MS);
      await followed;
      expect(performance.now() - namedAt).toBeLessThan(2 * MAX_MS);
      expect(new Set(states)).toEqual(new Set(['connected', 'waiting']));
    } finally {
      end.abort();
      for (const one of [...instances, idle]) await one.close();
    }
  });
});
