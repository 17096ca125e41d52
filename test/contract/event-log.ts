import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventStore } from '../../src/event-store/event-store.js';
import { canonicalJson } from '../../src/event-store/canonical-json.js';
import { findInStream } from '../../src/event-store/find-in-stream.js';
import { LogNotOpenedError, type OpenedLog } from '../../src/event-store/open-event-log.js';
import { LOG_STREAM, tokenStream } from '../../src/domain/streams.js';
import { followUntil, readWholeLog, TestLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued, NOW, rotated } from '../support/event-log/some-family.js';
import { anEvent, dataOf } from '../support/log-events.js';
import { badEvents } from './event-log-bad-events.js';
import { disowning } from './event-log-disowning.js';
import { histories } from './event-log-histories.js';
import type { OpenedEventStore } from './event-store.js';

/** A log that a test may do anything to, and how it is opened. */
export interface LogUnderTest {
  readonly test: TestLog;
  readonly log: OpenedLog;
}

/** The decoding step over every adapter: the same suite for each. `open` is called once. */
export function eventLogContract(name: string, open: () => Promise<OpenedEventStore>): void {
  describe(`event log: ${name}`, () => {
    let opened: OpenedEventStore;
    let current: LogUnderTest;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());
    beforeEach(async () => {
      const test = new TestLog(opened.store);
      current = { test, log: await test.open() };
    });
    const under = (): LogUnderTest => current;

    opening(() => opened.store, under);
    roundTrip(under);
    badEvents(under);
    histories(under);
    disowning(under);
  });
}

function opening(store: () => EventStore, under: () => LogUnderTest): void {
  describe('opening', () => {
    it('begins the log of a new installation with its history and issuer, and reads it afterwards', async () => {
      const { test, log } = under();
      expect(log.runId).toMatch(/^[A-Za-z0-9_-]{12}$/);
      const again = await test.open({ issuer: 'https://another.example.com', runSuffix: 'start2', mayOpen: false });
      expect(again.openedIssuer).toBe('https://auth.example.com');
      expect(again.histories).toEqual(log.histories);
      expect(again.runId).toBe(`${log.runId}.start2`);
      expect(await test.recorded(LOG_STREAM)).toHaveLength(1);
    });

    it('by several instances at once begins one history', async () => {
      const test = new TestLog(store());
      const logs = await Promise.all(Array.from({ length: 4 }, () => test.open()));
      expect(new Set(logs.map(({ runId }) => runId)).size).toBe(1);
      expect(await test.recorded(LOG_STREAM)).toHaveLength(1);
    });

    it('leaves an empty log alone where it must be there already', async () => {
      const test = new TestLog(store());
      await expect(test.open({ mayOpen: false })).rejects.toThrow(LogNotOpenedError);
      expect(await test.recorded(LOG_STREAM)).toEqual([]);
    });
  });
}

function roundTrip(under: () => LogUnderTest): void {
  describe('an event of ours', () => {
    it('comes back from the store as it was appended, to every kind of reader', async () => {
      const { log } = under();
      const device = freshDevice();
      const first = { ...issued(), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
      const second = rotated(1, 'sealed ü "quoted" \\ \n 😀');
      await log.append(device, [first], 'no_stream');
      const { revision, position } = await log.append(device, [second], 0);
      expect(revision).toBe(1);

      const newest = await log.readNewest(device);
      expect(newest).toMatchObject({ stream: device, revision: 1, position, id: second.id, occurredAt: NOW });
      expect(newest).toMatchObject({ actor: 'user', correlationId: second.correlationId, historyId: log.runId });
      const { family } = second.event.data;
      // What the envelope of an event that issues a token says is not said again.
      const token = { ...family.token, jti: second.id, tokenIssuedAt: NOW, revision: 1 };
      expect(newest!.event).toEqual({ ...second.event, data: { ...second.event.data, family: { ...family, token } } });

      const both = await log.readStream(device);
      expect(both[0]).toMatchObject({ revision: 0, id: first.id, traceparent: first.traceparent });
      expect(both[1]).toEqual(newest);
      expect(await log.readStream(device, { direction: 'backwards' })).toEqual(both.toReversed());
      expect((await readWholeLog(log)).filter(({ stream }) => stream.kind === 'token')).toEqual(both);
      expect(await followUntil(log, second.id)).toEqual(both);
      expect((await log.end())! >= position).toBe(true);
    });

    it('is canonical JSON whose metadata are all texts', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      const [recorded] = await test.recorded(device);
      const metadata = JSON.parse(recorded!.metadata) as Record<string, unknown>;
      expect(Object.keys(metadata)).toEqual(['actor', 'correlationId', 'mac', 'occurredAt', 'schemaVersion']);
      expect(Object.values(metadata).every((value) => typeof value === 'string')).toBe(true);
      expect(canonicalJson(metadata)).toBe(recorded!.metadata);
      expect(canonicalJson(dataOf(recorded!) as object)).toBe(recorded!.data);
    });

    it('is nothing where there is none', async () => {
      const { log } = under();
      expect(await log.readNewest(freshDevice())).toBeNull();
      expect(await log.readStream(freshDevice())).toEqual([]);
    });

    it('is found by halving, in few reads, where something began to hold', async () => {
      const { log } = under();
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      await log.append(
        device,
        Array.from({ length: 99 }, (_, index) => rotated(index + 1)),
        0,
      );
      for (const since of [0, 1, 37, 98, 99]) {
        let reads = 0;
        const found = await findInStream(
          {
            readNewest: (...parameters) => ((reads += 1), log.readNewest(...parameters)),
            readStream: (...parameters) => ((reads += 1), log.readStream(...parameters)),
          },
          device,
          ({ event }) => event.data.family.generation >= since,
        );
        expect(found).toMatchObject({ revision: since });
        expect(reads).toBeLessThan(10);
      }
      expect(await findInStream(log, device, () => false)).toBeNull();
      expect(await findInStream(log, freshDevice(), () => true)).toBeNull();
    });
  });

  describe('events of others in the same store', () => {
    it('are skipped everywhere, counted, and reported once a stream, only where they look like ours', async () => {
      const { test, log } = under();
      const device = freshDevice();
      const names = [
        `${test.prefix}user-42`,
        `${test.prefix}token-${randomUUID()}`,
        `${test.prefix}orders`,
        `other-${randomUUID()}`,
      ];
      for (const name of names) await test.store.append(name, [anEvent(), anEvent()], 'no_stream');
      const event = issued();
      await log.append(device, [event], 'no_stream');
      expect((await readWholeLog(log)).map(({ id }) => id)).toEqual([event.id]);
      expect((await followUntil(log, event.id)).map(({ id }) => id)).toEqual([event.id]);
      expect(test.skipped).toEqual(names.slice(0, 3).map((name) => `foreign ${name.slice(test.prefix.length)}`));
      expect(log.skipped).toEqual({ foreign: 12, disowned: 0, void: 0 });
      expect(test.refused).toEqual([]);
      expect(await log.readNewest(tokenStream(randomUUID(), randomUUID()))).toBeNull();
    });
  });
}
