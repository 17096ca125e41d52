import { describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { LOG_STREAM } from '../../src/domain/streams.js';
import { OutdatedInstanceError } from '../../src/event-store/errors.js';
import type { IntegrityKeys } from '../../src/event-store/integrity.js';
import { WrongIntegrityKeyError } from '../../src/event-store/log-maintenance.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { followUntil, readWholeLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued, NOW, rotated } from '../support/event-log/some-family.js';
import { anEvent } from '../support/log-events.js';
import type { LogUnderTest } from './event-log.js';

const actor = 'operator:olga';

/** Lets an instance hear what stands at the end of the log, as its follower does. */
const hear = async (log: OpenedLog): Promise<unknown> => {
  const device = freshDevice();
  return log.readStream(LOG_STREAM).then(() => log.readNewest(device));
};

/** The part of the suite about what `…log` says. */
export function histories(under: () => LogUnderTest): void {
  describe('a log that was restored', () => {
    it('goes on with a new history: older events stay valid, other instances append nothing more', async () => {
      const { test, log } = under();
      const other = await test.open();
      const device = freshDevice();
      const before = issued();
      await log.append(device, [before], 'no_stream');
      const former = log.runId;
      const historyId = await log.restore({ refuseOlder: true, actor });
      expect(historyId).not.toBe(former);
      expect(log.runId).toBe(historyId);
      expect(log.histories).toMatchObject([
        { historyId: former, refuseOlder: false },
        { historyId, refuseOlder: true },
      ]);
      await log.append(device, [rotated(1)], 0);
      expect((await log.readStream(device)).map((event) => event.historyId)).toEqual([former, historyId]);

      expect((await other.readStream(device)).map((event) => event.historyId)).toEqual([former, historyId]);
      await expect(other.append(freshDevice(), [issued()], 'no_stream')).rejects.toThrow(OutdatedInstanceError);
      const again = await test.open();
      expect(again.histories).toEqual(log.histories);
      await again.append(freshDevice(), [issued()], 'no_stream');
    });

    it('is heard of by who follows it', async () => {
      const { test, log } = under();
      const onOutdated = jest.fn();
      const other = await test.open({ onOutdated });
      await log.restore({ refuseOlder: false, actor });
      const event = issued();
      await log.append(freshDevice(), [event], 'no_stream');
      const types = (await followUntil(other, event.id)).map(({ event: { type } }) => type);
      expect(types).toEqual(['LogRestored', 'TokenIssued']);
      // Also by one that appends nothing.
      expect(onOutdated).toHaveBeenCalledWith(expect.any(OutdatedInstanceError));
      await expect(other.append(freshDevice(), [issued()], 'no_stream')).rejects.toThrow(OutdatedInstanceError);
    });

    it('takes no event of the former history any more', async () => {
      const { test, log } = under();
      const former = log.runId;
      await log.restore({ refuseOlder: false, actor });
      const device = freshDevice();
      await test.forge(device, test.stored(issued(), { stream: device, revision: 0, historyId: former }));
      await expect(log.readNewest(device)).rejects.toMatchObject({ kind: 'altered' });
    });
  });

  describe('a change of the integrity key', () => {
    it('leaves older events valid and takes none by an older key after it', async () => {
      const { test, log } = under();
      const device = freshDevice();
      const old = test.keys.current;
      await log.append(device, [issued()], 'no_stream');
      test.keys.add('two');
      await log.append(device, [rotated(1)], 0);
      await log.changeIntegrityKey('two', actor);
      await log.changeIntegrityKey('two', actor);
      expect(await test.recorded(LOG_STREAM)).toHaveLength(2);
      expect(await log.readKeyInForce()).toBe('two');
      await log.append(device, [rotated(2)], 1);
      expect(await log.readStream(device)).toHaveLength(3);
      const late = test.stored(rotated(3), { stream: device, revision: 3, historyId: log.runId, key: old });
      await test.forge(device, late);
      await expect(log.readNewest(device)).rejects.toMatchObject({ kind: 'altered', revision: 3 });
      await expect(log.changeIntegrityKey('one', actor)).rejects.toThrow(WrongIntegrityKeyError);
      await expect(log.changeIntegrityKey('unknown', actor)).rejects.toThrow(WrongIntegrityKeyError);
      // A key that is prepared already may sign before it is announced.
      test.keys.add('three');
      await log.append(freshDevice(), [issued()], 'no_stream');
    });

    it('stops an instance that goes on signing with an older one, until it has the key', async () => {
      const { test, log } = under();
      test.keys.add('two');
      let current = 'one';
      const slow = await test.open({ keys: keysOf(test.keys, () => current) });
      await slow.append(freshDevice(), [issued()], 'no_stream');
      await log.changeIntegrityKey('two', actor);
      await hear(slow);
      await expect(slow.append(freshDevice(), [issued()], 'no_stream')).rejects.toThrow(OutdatedInstanceError);
      current = 'two';
      await slow.append(freshDevice(), [issued()], 'no_stream');
      expect(await readWholeLog(log)).toHaveLength(3);
    });

    it('is heeded by an append that it overtakes: this is tried again with the new key', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      await test.forge(device, anEvent());
      await log.disown({ stream: test.name(device), revision: 1, actor });
      // The first try, behind revision 0, is given to the store at once, and is refused.
      const appending = log.append(device, [rotated(1)], 0);
      test.keys.add('two');
      await Promise.all([appending, log.changeIntegrityKey('two', actor)]);
      expect(await log.readNewest(device)).toMatchObject({ revision: 2 });
    });

    it('stops an instance with an older one that hears of it while its append is tried again', async () => {
      const { test, log } = under();
      test.keys.add('two');
      const slow = await test.open({ keys: keysOf(test.keys, () => 'one') });
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      await test.forge(device, anEvent());
      await log.disown({ stream: test.name(device), revision: 1, actor });
      await log.changeIntegrityKey('two', actor);
      // Refused behind revision 0; looking at what stands there, it reads that this is disowned, and that the key has changed.
      await expect(slow.append(device, [rotated(1)], 0)).rejects.toThrow(OutdatedInstanceError);
      expect(await log.readNewest(device)).toMatchObject({ revision: 0 });
    });

    it('is said once by several who say it at the same time', async () => {
      const { test, log } = under();
      const other = await test.open();
      test.keys.add('two');
      await Promise.all([log.changeIntegrityKey('two', actor), other.changeIntegrityKey('two', actor)]);
      expect(await test.recorded(LOG_STREAM)).toHaveLength(2);
    });

    it('is not taken from who has not the key that it names', async () => {
      const { test, log } = under();
      const changed = { type: 'IntegrityKeyChanged', data: { kid: 'two' } } as const;
      const event = { id: randomUUID(), occurredAt: NOW, actor, correlationId: 'c', event: changed } as const;
      test.keys.add('two');
      const key = { kid: 'one', key: test.keys.of('one')! };
      await test.forge(LOG_STREAM, test.stored(event, { stream: LOG_STREAM, revision: 1, historyId: log.runId, key }));
      await expect(test.open()).rejects.toMatchObject({ kind: 'altered', revision: 1 });
    });
  });
}

/** All keys, of which this one signs. */
function keysOf(keys: IntegrityKeys, current: () => string): IntegrityKeys {
  return {
    get current() {
      const kid = current();
      return { kid, key: keys.of(kid)! };
    },
    of: (kid) => keys.of(kid),
  };
}
