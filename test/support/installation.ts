import { openStores } from '../../src/stores.js';

/** The stores of an installation that is not running. */
export interface Installation {
  /** The log as `[stream, type, when it occurred]`. */
  events(): Promise<readonly (readonly [string, string, string])[]>;
  appendUnknownEvent(stream: string, id: string): Promise<void>;
  close(): Promise<void>;
}

export async function openInstallation(dataDir: string): Promise<Installation> {
  const stores = await openStores({ dataDir, eventStoreUrl: null, mongoUrl: null });
  const { eventStore } = stores;
  return {
    events: async () => {
      const events = await eventStore.readAll({ maxCount: 100_000 });
      return events.map(({ stream, type, metadata }) => [stream, type, metadata.occurredAt] as const);
    },
    appendUnknownEvent: async (stream, id) => {
      const metadata = {
        schemaVersion: 1,
        occurredAt: '2026-01-01T00:00:00.000Z',
        correlationId: 'test',
        causationId: 'test',
        actor: { kind: 'operator' },
      } as const;
      await eventStore.append(stream, [{ id, type: 'NobodyKnows', data: {}, metadata }], 'any');
    },
    close: () => stores.close(),
  };
}
