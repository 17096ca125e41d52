import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { authenticText } from '../../src/event-store/authentic-text.js';
import { EventDecoder } from '../../src/event-store/event-decoder.js';
import { RefusedEventError, type EventLog, type LogEvent } from '../../src/event-store/event-log.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import type { LogHistory } from '../../src/event-store/log-history.js';
import { LogText } from '../../src/event-store/log-text.js';
import { freshDevice } from '../support/event-log/some-family.js';
import { anEvent } from '../support/log-events.js';
import { respelt } from '../support/respelt.js';
import { openSealedLog, type SealedLog } from '../support/sealed-log.js';
import { removal, setting } from '../support/tampering.js';

let sealed: SealedLog;
let history: LogHistory;
let recorded: readonly RecordedEvent[];
beforeAll(async () => {
  sealed = await openSealedLog();
  await sealed.happenAtOnce(20, 6);
  const authentic = sealed.authentic();
  await authentic.catchUp();
  ({ history } = authentic);
  // Without the log's own history, whose pages are read event by event.
  recorded = (await sealed.recorded()).slice(1);
});
afterAll(() => sealed.close());

describe('a page whose MACs are checked at once', () => {
  const check = (): Parameters<typeof authenticText>[1] => ({
    ...{ prefix: sealed.test.prefix, keys: sealed.test.keys, history },
  });
  const members = ['stream', 'revision', 'id', 'type', 'data', 'metadata'] as const;

  it('is taken as it is', () => {
    const text = LogText.from(recorded)!;
    expect(authenticText(text, check())?.streams.every((stream) => stream?.kind === 'token')).toBe(true);
  });

  it('is never taken where an event in it would be refused', () => {
    const decoder = new EventDecoder({ ...check(), keys: sealed.test.keys });
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(...members),
        fc.nat(),
        fc.constantFrom(1, 32, 256),
        (which, member, where, by) => {
          const event = recorded[which % recorded.length]!;
          const before = String(event[member]);
          const at = where % before.length;
          const other = String.fromCharCode(before.charCodeAt(at) + by);
          const value = before.slice(0, at) + other + before.slice(at + 1);
          const altered = { ...event, [member]: member === 'revision' ? event.revision + by : value };
          const page = recorded.map((one) => (one === event ? altered : one));
          const text = LogText.from(page);
          const isTaken = text !== null && authenticText(text, check()) !== null;
          if (isTaken) for (const one of page) decoder.check(one);
          // What is not in a stream of ours any more is nobody's to check.
          expect(isTaken).toBe(decoder.streamOf(altered.stream) === null);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is not taken where a MAC is spelt in another way', () => {
    const [event] = recorded;
    const metadata = event!.metadata.replace(/"mac":"([^"]*)"/, (_, mac: string) => `"mac":"${respelt(mac)}"`);
    expect(authenticText(LogText.from([{ ...event!, metadata }, ...recorded.slice(1)])!, check())).toBeNull();
  });

  it('is not taken where the MAC stands at another place of the metadata', () => {
    const [event] = recorded;
    const { metadata } = event!;
    const mac = /"mac":"[^"]*",/.exec(metadata)![0];
    for (const moved of [
      metadata.replace(mac, '').replace('{', `{${mac}`),
      metadata.replace(mac, '').replace('"schemaVersion"', `${mac}"schemaVersion"`),
      metadata.replace(mac, mac + mac),
    ]) {
      const page = [{ ...event!, metadata: moved }, ...recorded.slice(1)];
      expect(authenticText(LogText.from(page)!, check())).toBeNull();
    }
  });
});

describe('the whole log', () => {
  const all = async (log: Pick<EventLog, 'readAll'>, maxCount: number): Promise<LogEvent[]> => {
    const events: LogEvent[] = [];
    for (let after = {}; ;) {
      const page = await log.readAll({ ...after, maxCount });
      events.push(...page.events);
      if (page.isEnd) return events;
      after = { after: page.position };
    }
  };
  const whole = async (maxCount: number): Promise<LogEvent[]> => {
    const log = sealed.log.openWhole();
    try {
      return await all(log, maxCount);
    } finally {
      await log.close();
    }
  };

  it('is what pages give, whatever their size', async () => {
    const expected = await all(sealed.log, 1_000);
    expect(expected).toHaveLength(121);
    for (const size of [1, 7, 121, 1_000]) expect(await whole(size)).toEqual(expected);
  });

  it('shows what was appended behind a page that was the end', async () => {
    const log = sealed.log.openWhole();
    const [first] = [await log.readAll({ maxCount: 121 })];
    await log.readAll({ after: first.position, maxCount: 121 });
    await sealed.happenAtOnce(1, 2);
    expect((await log.readAll({ after: first.position, maxCount: 121 })).events).toHaveLength(2);
    await log.close();
  });

  it('reports a stream that only looks like ours, and rejects at an event without a valid MAC, as pages do', async () => {
    const before = sealed.test.skipped.length;
    await sealed.test.store.append(`${sealed.test.prefix}other`, [anEvent()], 'no_stream');
    const events = (await whole(50)).length;
    expect(sealed.test.skipped.slice(before)).toEqual(['foreign other']);
    const stream = freshDevice();
    await sealed.test.forge(stream, anEvent());
    await expect(whole(1_000)).rejects.toMatchObject({ name: 'RefusedEventError', stream: sealed.test.name(stream) });
    await sealed.log.disown({ stream: sealed.test.name(stream), revision: 0, actor: 'operator:test' });
    expect(await whole(1_000)).toHaveLength(events + 1);
    sealed.tamper(setting('data', "replace(data, 'sealed', 'healed')", 30));
    await expect(whole(10)).rejects.toThrow(RefusedEventError);
    sealed.tamper(removal(30));
  });
});
