import { describe, expect, it } from '@jest/globals';
import { openTextReader } from '../../src/adapters/eventstoredb/text-reader.js';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { TextPages } from '../../src/event-store/text-pages.js';
import { openEventStoreServer } from '../support/eventstoredb/open-server.js';
import { fill, freshStream } from '../support/log-events.js';

describe('the text reader of EventStoreDB', () => {
  it('says as the store does that the server is gone', async () => {
    const server = await openEventStoreServer();
    const store = openEventStoreDb(server.url);
    const [reader, pages] = [openTextReader(server.url), new TextPages(store)];
    try {
      const recorded = await fill(store, freshStream(), 3);
      expect((await reader.read({ maxCount: 3 }))?.all()).toEqual(recorded);
      expect(await pages.read({ maxCount: 10 })).toMatchObject({ count: 3 });
      await server.close();
      const gone: unknown = await store.readAll({ maxCount: 3 }).catch((error: unknown) => error);
      await expect(reader.read({ maxCount: 3 })).rejects.toEqual(gone);
      await expect(pages.read({ maxCount: 3 })).rejects.toThrow(StoreUnavailableError);
    } finally {
      await Promise.all([reader.close(), pages.close()]);
      await store.close();
    }
  });

  it('gives none once it is closed', async () => {
    const reader = openTextReader('esdb://127.0.0.1:1?tls=false');
    const under = reader.read({});
    await reader.close();
    expect(await under).toBeNull();
    expect(await reader.read({})).toBeNull();
  });
});
