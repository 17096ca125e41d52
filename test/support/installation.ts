import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { openStores } from '../../src/compose/stores.js';
import { isoOf } from '../../src/domain/instant.js';
import { streamName } from '../../src/domain/streams.js';
import { openEventLog } from '../../src/event-store/open-event-log.js';
import { readKeyFile } from '../../src/security/key-file.js';
import { Keyring } from '../../src/security/keyring.js';
import { wholeLog } from './log.js';

const PREFIX = 'tokenledger_';

/** The stores of an installation that is not running. */
export interface Installation {
  /** The log as `[stream, type, when it occurred]`, the log's own events left out. */
  events(): Promise<readonly (readonly [string, string, string])[]>;
  /** Appends what nobody of this project wrote, to a stream with this name after the prefix. */
  appendForeignEvent(stream: string, id: string): Promise<void>;
  close(): Promise<void>;
}

export async function openInstallation(dataDir: string): Promise<Installation> {
  const stores = await openStores({ dataDir, eventStoreUrl: null, mongoUrl: null });
  const keyring = Keyring.from(await readKeyFile(path.join(dataDir, 'keys.json')));
  const eventLog = await openEventLog({
    ...{ store: stores.eventStore, prefix: PREFIX, keys: keyring.integrity, issuer: 'http://127.0.0.1:8080' },
    ...{ runSuffix: 'test', now: Date.now, newId: randomUUID, mayOpen: false },
  });
  return {
    events: async () =>
      (await wholeLog(eventLog))
        .filter(({ stream }) => stream.kind !== 'log')
        .map(({ stream, event, occurredAt }) => [streamName(stream), event.type, isoOf(occurredAt)] as const),
    appendForeignEvent: async (stream, id) => {
      const name = PREFIX + stream;
      const [newest] = await stores.eventStore.readStream(name, { direction: 'backwards', maxCount: 1 });
      const foreign = { id, type: 'NobodyKnows', data: '{}', metadata: '{}' };
      await stores.eventStore.append(name, [foreign], newest?.revision ?? 'no_stream');
    },
    close: () => stores.close(),
  };
}
