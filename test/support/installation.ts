import { openStores } from '../../src/compose/stores.js';
import type { ExpectedRevision } from '../../src/event-store/event-store.js';

/** The stores of an installation that is not running. */
export interface Installation {
  /** The log as `[stream, type, when it occurred]`. */
  events(): Promise<readonly (readonly [string, string, string])[]>;
  /** Appends what only a newer program could know, to a stream that there is not yet, or behind a revision. */
  appendUnknownEvent(stream: string, id: string, expected?: ExpectedRevision): Promise<void>;
  close(): Promise<void>;
}

export async function openInstallation(dataDir: string): Promise<Installation> {
  const stores = await openStores({
    dataDir,
    archiveDir: null,
    eventStoreUrl: null,
    mongoUrl: null,
    streamPrefix: 'tokenledger_',
  });
  const { eventStore } = stores;
  return {
    events: async () => {
      const events = await eventStore.readAll({ maxCount: 100_000 });
      return events.map(({ stream, type, metadata }) => {
        const { occurredAt } = JSON.parse(metadata) as { readonly occurredAt: string };
        return [stream, type, occurredAt] as const;
      });
    },
    appendUnknownEvent: async (stream, id, expected = 'no_stream') => {
      const metadata = JSON.stringify({
        actor: 'system',
        correlationId: 'test',
        occurredAt: '2026-01-01T00:00:00.000Z',
        schemaVersion: '1',
      });
      await eventStore.append(stream, [{ id, type: 'NobodyKnows', data: '{}', metadata }], expected);
    },
    close: () => stores.close(),
  };
}
