import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSecretKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import type { HistoryEpoch, LogBatch, LogPage } from '../../src/event-store/event-log.js';
import { positionOf, type Position } from '../../src/event-store/position.js';
import type { Place } from '../../src/processors/processor.js';
import { RevocationFeed, type FeedItem } from '../../src/processors/revocation-feed.js';
import { Keyring } from '../../src/security/keyring.js';
import { LogPositionCodec } from '../../src/security/log-position-codec.js';
import { newKeys } from '../support/new-keys.js';

const FIRST: HistoryEpoch = { historyId: 'first', position: positionOf(0), refuseOlder: false };
const codec = new LogPositionCodec(() => createSecretKey(Buffer.alloc(32, 3)));

let keyring: Keyring;
let page: () => Promise<LogPage>;
let histories: readonly HistoryEpoch[];
let begun: Place[];
let batches: LogBatch[];
beforeAll(async () => {
  keyring = Keyring.from(await newKeys(Date.now()));
});

interface Scripted {
  readonly read?: (place: Place, signal: AbortSignal) => AsyncGenerator<LogBatch, void, void>;
  readonly end?: () => Promise<Position | null>;
}

function newFeed(scripted: Scripted = {}): RevocationFeed {
  page = () => Promise.resolve({ events: [], position: '', isEnd: true });
  [histories, begun, batches] = [[FIRST], [], []];
  const read = async function* (place: Place, signal: AbortSignal): AsyncGenerator<LogBatch, void, void> {
    begun.push(place);
    yield* batches;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  return new RevocationFeed({
    hub: { read: scripted.read ?? read },
    log: {
      end: scripted.end ?? (() => Promise.resolve(positionOf(9))),
      readAll: () => page(),
      get histories() {
        return histories;
      },
    },
    ...{ keyring, codec, issuer: 'https://auth.example.com', audience: 'tokenledger', now: Date.now, heartbeatMs: 10 },
  });
}

async function items(feed: RevocationFeed, count: number, id: string | null = null): Promise<readonly FeedItem[]> {
  const found: FeedItem[] = [];
  const open = await feed.open(id);
  const end = new AbortController();
  for await (const item of open!(end.signal)) if (found.push(item) === count) break;
  end.abort();
  return found;
}

/** The id of the place at which a receiver is that has read nothing yet. */
async function caughtUp(feed: RevocationFeed): Promise<string> {
  const [item] = await items(feed, 1);
  if (item?.kind !== 'caught_up') throw new Error(`not caught up: ${JSON.stringify(item)}`);
  return item.id;
}

describe('the revocation feed', () => {
  it('says again and again that it is caught up, or that it is not while the event store does not answer', async () => {
    const feed = newFeed();
    expect((await items(feed, 3)).map(({ kind }) => kind)).toEqual(['caught_up', 'caught_up', 'caught_up']);
    page = () => Promise.reject(new StoreUnavailableError('event store', 'gone'));
    expect((await items(feed, 1)).map(({ kind }) => kind)).toEqual(['behind']);
    page = () => Promise.resolve({ events: [], position: positionOf(12), isEnd: false });
    expect((await items(feed, 1)).map(({ kind }) => kind)).toEqual(['behind']);
  });

  it('says so as well while the log is never quiet, although there is always more', async () => {
    let appended = 10;
    const feed = newFeed({
      read: async function* () {
        for (; appended < 2_000; appended += 1) {
          yield { events: [], position: positionOf(appended) };
          await sleep(1);
        }
      },
      end: () => Promise.resolve(positionOf(appended)),
    });
    // There is always more than what was read.
    page = () => Promise.resolve({ events: [], position: positionOf(appended), isEnd: false });
    const kinds = (await items(feed, 5)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'caught_up').length).toBeGreaterThanOrEqual(4);
  });

  it('resumes at the place that an id names, moved on by what came meanwhile', async () => {
    const feed = newFeed();
    await caughtUp(feed);
    batches = [{ events: [], position: positionOf(11) }];
    await items(feed, 1, await caughtUp(feed));
    expect(begun.map(({ after }) => after)).toEqual([positionOf(9), positionOf(9), positionOf(11)]);
  });

  it('knows an id of a part of the log that a restore has lost', async () => {
    const feed = newFeed();
    const id = await caughtUp(feed);
    histories = [FIRST, { historyId: 'later', position: positionOf(10), refuseOlder: false }];
    expect(await feed.open(id)).not.toBeNull();
    for (const position of [9, 5]) {
      histories = [FIRST, { historyId: 'restored', position: positionOf(position), refuseOlder: false }];
      expect(await feed.open(id)).toBeNull();
    }
    histories = [{ ...FIRST, historyId: 'another' }];
    expect(await feed.open(id)).toBeNull();
  });

  it('takes no id that is something else of ours', async () => {
    const feed = newFeed();
    for (const id of ['x', codec.encode(positionOf(9)), codec.encode('nowhere first')])
      expect(await feed.open(id)).toBeNull();
  });

  it('ends when it is closed', async () => {
    const feed = newFeed();
    const open = await feed.open(null);
    const found: FeedItem[] = [];
    for await (const item of open!(new AbortController().signal)) {
      found.push(item);
      feed.close();
    }
    expect(found).toHaveLength(1);
  });
});
