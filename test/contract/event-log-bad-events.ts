import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { LOG_STREAM, userStream } from '../../src/domain/streams.js';
import { canonicalJson } from '../../src/event-store/canonical-json.js';
import { ForeignPositionError } from '../../src/event-store/errors.js';
import { RefusedEventError, type RefusalKind } from '../../src/event-store/event-log.js';
import type { StoredEvent } from '../../src/event-store/event-store.js';
import { macOf } from '../../src/event-store/integrity.js';
import { UPCASTERS } from '../../src/event-store/upcasters.js';
import { TestKeys } from '../support/event-log/integrity-keys.js';
import { readWholeLog, type TestLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued, rotated } from '../support/event-log/some-family.js';
import { anEvent, dataOf } from '../support/log-events.js';
import { respelt } from '../support/respelt.js';
import type { LogUnderTest } from './event-log.js';

type Device = ReturnType<typeof freshDevice>;

/** Makes of the event that should stand at revision 1 of a device's stream what stands there instead. */
type Forge = (
  genuine: StoredEvent,
  made: { test: TestLog; device: Device; historyId: string; first: StoredEvent },
) => StoredEvent;

const changed = (text: string, change: object): string => canonicalJson({ ...(JSON.parse(text) as object), ...change });

/** The MAC of an event whose metadata or type were chosen freely, by somebody who has a key. */
function signed(event: StoredEvent, { test, device, historyId }: Parameters<Forge>[1]): StoredEvent {
  const metadata: Record<string, string | undefined> = {
    ...(JSON.parse(event.metadata) as Record<string, string>),
    mac: undefined,
  };
  const unsigned = { ...event, metadata: canonicalJson(metadata) };
  const mac = macOf({ ...unsigned, stream: test.name(device), revision: 1 }, historyId, test.keys.current);
  return { ...event, metadata: canonicalJson({ ...metadata, mac }) };
}

const CASES: readonly (readonly [string, RefusalKind, Forge])[] = [
  ['of another program', 'altered', () => anEvent()],
  ['copied from its own stream', 'altered', (_, { first }) => ({ ...first, id: randomUUID() })],
  ['copied from its own stream, id and all', 'altered', (_, { first }) => first],
  [
    'moved from another stream',
    'altered',
    (_, { test, historyId }) => {
      return test.stored(rotated(1), { stream: freshDevice(), revision: 1, historyId });
    },
  ],
  [
    'moved from another revision',
    'altered',
    (_, { test, device, historyId }) => {
      return test.stored(rotated(1), { stream: device, revision: 2, historyId });
    },
  ],
  [
    'of another installation',
    'altered',
    (_, { test, device }) => {
      return test.stored(rotated(1), { stream: device, revision: 1, historyId: 'another-hist' });
    },
  ],
  ['of another id', 'altered', (genuine) => ({ ...genuine, id: randomUUID() })],
  ['of another type', 'altered', (genuine) => ({ ...genuine, type: 'TokenRedelivered' })],
  ['altered in its data', 'altered', (genuine) => ({ ...genuine, data: changed(genuine.data, { gen: 7 }) })],
  ['with a field more', 'altered', (genuine) => ({ ...genuine, data: changed(genuine.data, { brief: true }) })],
  [
    'of another time',
    'altered',
    (genuine) => {
      return { ...genuine, metadata: changed(genuine.metadata, { occurredAt: '2026-01-31T13:00:00.000Z' }) };
    },
  ],
  ['of another actor', 'altered', (genuine) => ({ ...genuine, metadata: changed(genuine.metadata, { actor: 'system' }) })],
  ['with metadata more', 'altered', (genuine) => ({ ...genuine, metadata: changed(genuine.metadata, { note: 'x' }) })],
  [
    'of another version',
    'altered',
    (genuine) => ({ ...genuine, metadata: changed(genuine.metadata, { schemaVersion: '2' }) }),
  ],
  ['without a MAC', 'altered', (genuine) => ({ ...genuine, metadata: changed(genuine.metadata, { mac: undefined }) })],
  [
    'with a MAC cut short',
    'altered',
    (genuine) => {
      const { mac } = JSON.parse(genuine.metadata) as { mac: string };
      return { ...genuine, metadata: changed(genuine.metadata, { mac: mac.slice(0, -2) }) };
    },
  ],
  [
    'with another spelling of its MAC',
    'altered',
    (genuine) => {
      const { mac } = JSON.parse(genuine.metadata) as { mac: string };
      return { ...genuine, metadata: changed(genuine.metadata, { mac: respelt(mac) }) };
    },
  ],
  [
    'MACed by another key of that name',
    'altered',
    (_, { test, device, historyId }) => {
      const key = { ...new TestKeys('stolen').current, kid: 'one' };
      return test.stored(rotated(1), { stream: device, revision: 1, historyId, key });
    },
  ],
  [
    'MACed by a key that the key file has not',
    'key_missing',
    (_, { test, device, historyId }) => {
      return test.stored(rotated(1), { stream: device, revision: 1, historyId, key: new TestKeys('gone').current });
    },
  ],
  [
    'of a type that a newer version knows',
    'newer',
    (genuine, made) => signed({ ...genuine, type: 'TokenTeleported' }, made),
  ],
  [
    'of a newer schema version',
    'newer',
    (genuine, made) => {
      return signed({ ...genuine, metadata: changed(genuine.metadata, { schemaVersion: '2' }) }, made);
    },
  ],
];

/** The part of the suite about events in streams of ours that are not taken. */
export function badEvents(under: () => LogUnderTest): void {
  describe('an event in a stream of ours', () => {
    it.each(CASES)(
      '%s is refused as %s by every reader, named, and nothing after it is delivered',
      async (_, kind, forge) => {
        const { test, log } = under();
        const device = freshDevice();
        const before = issued();
        await log.append(device, [before], 'no_stream');
        const [first] = await test.recorded(device);
        const { id, type, data, metadata } = first!;
        const genuine = test.stored(rotated(1), { stream: device, revision: 1, historyId: log.runId });
        const made = { test, device, historyId: log.runId, first: { id, type, data, metadata } };
        const forged = forge(genuine, made);
        await test.forge(device, forged);
        const after = issued();
        await log.append(freshDevice(), [after], 'no_stream');

        const refusal = { name: 'RefusedEventError', kind, stream: test.name(device), revision: 1, eventId: forged.id };
        await expect(log.readNewest(device)).rejects.toMatchObject(refusal);
        await expect(log.readNewest(device, { fromLeader: true })).rejects.toThrow(RefusedEventError);
        await expect(log.readStream(device)).rejects.toMatchObject(refusal);
        await expect(readWholeLog(log)).rejects.toMatchObject(refusal);
        const seen: string[] = [];
        const following = (async () => {
          const options = { after: log.histories[0]!.position, signal: AbortSignal.timeout(60_000) };
          for await (const { events } of log.follow(options)) seen.push(...events.map((event) => event.id));
        })();
        await expect(following).rejects.toMatchObject(refusal);
        expect(seen).toEqual([before.id]);
        expect(test.refused.length).toBeGreaterThanOrEqual(5);
        expect(test.refused[0]).toMatchObject(refusal);
        expect(log.skipped).toEqual({ foreign: 0, disowned: 0, void: 0 });
        // Others are served as ever.
        expect(await log.readNewest(userStream(randomUUID()))).toBeNull();
      },
    );

    it('in a stream that only looks like ours is passed, and nobody who goes on behind it takes the log for another one', async () => {
      const { test, log } = under();
      const [ours, next] = [issued(), issued()];
      const device = freshDevice();
      const { position } = await log.append(device, [ours], 'no_stream');
      const foreign = { id: randomUUID(), type: 'Anything', data: '{}', metadata: '{}' };
      const { position: after } = await test.store.append(`${test.prefix}nonsense`, [foreign], 'no_stream');
      const lastEvent = { position, eventId: ours.id };
      await log.append(freshDevice(), [next], 'no_stream');
      const follow = async (from: Parameters<typeof log.follow>[0]): Promise<string[]> => {
        for await (const { events } of log.follow(from)) if (events.length > 0) return events.map(({ id }) => id);
        return [];
      };
      const signal = AbortSignal.timeout(60_000);
      expect(await follow({ after, lastEvent, signal })).toEqual([next.id]);
      // Here an event of ours stands between the two.
      const [opened] = log.histories;
      const [first] = await log.readStream(LOG_STREAM, { maxCount: 1 });
      const earlier = { position: opened!.position, eventId: first!.id };
      await expect(follow({ after, lastEvent: earlier, signal })).rejects.toBeInstanceOf(ForeignPositionError);
    });

    it('of an older version is upcast; without the upcaster it is of no version that is known', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      const [first] = await test.recorded(device);
      const genuine = test.stored(rotated(1), { stream: device, revision: 1, historyId: log.runId });
      const { gen, ...older } = dataOf(genuine) as { gen: number };
      const old = {
        ...genuine,
        data: canonicalJson({ ...older, generation: gen }),
        metadata: changed(genuine.metadata, { schemaVersion: '0' }),
      };
      await test.forge(device, signed(old, { test, device, historyId: log.runId, first: first! }));
      await expect(log.readNewest(device)).rejects.toMatchObject({ kind: 'newer' });
      const upcasters = {
        ...UPCASTERS,
        TokenRotated: { 0: ({ generation, ...data }: Readonly<Record<string, unknown>>) => ({ ...data, gen: generation }) },
      };
      const reopened = await test.open({ upcasters });
      expect(await reopened.readNewest(device)).toMatchObject({ event: { data: { family: { generation: 1 } } } });
    });

    it('whose key was dropped from the key file is of a missing key', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      test.keys.add('two');
      await log.append(device, [rotated(1)], 0);
      expect(await log.readStream(device)).toHaveLength(2);
      test.keys.remove('one');
      expect(await log.readNewest(device)).toMatchObject({ revision: 1 });
      await expect(log.readStream(device)).rejects.toMatchObject({ kind: 'key_missing', revision: 0 });
      await expect(test.open()).rejects.toMatchObject({ kind: 'key_missing', stream: `${test.prefix}log` });
    });
  });
}
