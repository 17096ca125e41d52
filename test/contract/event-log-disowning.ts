import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { CheckpointSigned } from '../../src/domain/log/events.js';
import { LOG_STREAM, SEAL_STREAM, type StreamId } from '../../src/domain/streams.js';
import { NotDisownableError } from '../../src/event-store/disown.js';
import type { NewEvent } from '../../src/event-store/event-log.js';
import { contentDigest } from '../../src/event-store/event-record.js';
import type { StoredEvent } from '../../src/event-store/event-store.js';
import type { IntegrityKey } from '../../src/event-store/integrity.js';
import { TestKeys } from '../support/event-log/integrity-keys.js';
import { followUntil, readWholeLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued, NOW, rotated } from '../support/event-log/some-family.js';
import { anEvent } from '../support/log-events.js';
import type { LogUnderTest } from './event-log.js';

const actor = 'operator:olga';

/** A note that covers what stands up to a position. */
const noteUpTo = (position: string): NewEvent<CheckpointSigned> => ({
  ...{ id: randomUUID(), occurredAt: NOW, actor: 'system', correlationId: 'c' },
  event: { type: 'CheckpointSigned', data: { note: 'n', size: 1, position, keyId: 'k', origin: 'o' } },
});

/** The part of the suite about events of somebody else that an operator leaves out. */
export function disowning(under: () => LogUnderTest): void {
  describe('an event that is disowned', () => {
    it('is left out by every reader, others of its stream are not, and appends go on after it', async () => {
      const { test, log } = under();
      const other = await test.open();
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      await test.forge(device, anEvent());
      await expect(log.readNewest(device)).rejects.toMatchObject({ kind: 'altered' });
      await log.disown({ stream: test.name(device), revision: 1, actor });
      for (const one of [log, other]) {
        expect(await one.readNewest(device)).toMatchObject({ revision: 0 });
        expect(await one.readStream(device, { maxCount: 1 })).toHaveLength(1);
        expect(await one.readStream(device, { from: 1 })).toEqual([]);
      }
      expect(await other.append(device, [rotated(1)], 0)).toMatchObject({ revision: 2 });
      const last = rotated(2);
      await log.append(device, [last], 2);
      expect((await log.readStream(device)).map(({ revision }) => revision)).toEqual([0, 2, 3]);
      expect((await log.readStream(device, { from: 1, maxCount: 1 })).map(({ revision }) => revision)).toEqual([2]);
      expect((await readWholeLog(log)).map(({ revision }) => revision)).toEqual([0, 1, 2, 3]);
      expect(await followUntil(other, last.id)).toEqual(await readWholeLog(log));
      expect(test.skipped).toContain(`disowned token-${device.userId}.${device.deviceId}`);
      // Another event in its place is not the one that was disowned.
      await test.forge(device, anEvent());
      await expect(log.readNewest(device)).rejects.toMatchObject({ revision: 4 });
    });

    it('may be where a stream would begin: the stream begins after it', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await test.forge(device, anEvent());
      await log.disown({ stream: `token-${device.userId}.${device.deviceId}`, revision: 0, actor });
      expect(await log.readNewest(device)).toBeNull();
      expect(await log.append(device, [issued()], 'no_stream')).toMatchObject({ revision: 1 });
      await expect(log.append(device, [issued()], 'no_stream')).rejects.toMatchObject({ actual: 1 });
      expect(await log.readNewest(device)).toMatchObject({ revision: 1 });
    });

    it('may be one of several in a stream, from the newest on', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      await test.forge(device, anEvent(), anEvent());
      const attempt = (revision: number): Promise<string> => log.disown({ stream: test.name(device), revision, actor });
      await expect(attempt(1)).rejects.toThrow('not the newest of its stream, which is at 2: disown that one first');
      await attempt(2);
      await expect(attempt(2)).rejects.toThrow('it was disowned before');
      await attempt(1);
      expect(await log.append(device, [rotated(1)], 0)).toMatchObject({ revision: 3 });
      expect((await readWholeLog(log)).filter(({ stream }) => stream.kind === 'token')).toHaveLength(2);
      await expect(attempt(1)).rejects.toThrow('not the newest');
    });

    it('may stand among the notes, and keeps none in another stream from being disowned', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await test.forge(SEAL_STREAM, anEvent());
      await test.forge(device, anEvent());
      await log.disown({ stream: test.name(device), revision: 0, actor });
      await log.disown({ stream: test.name(SEAL_STREAM), revision: 0, actor });
      expect(await log.readNewest(SEAL_STREAM)).toBeNull();
      const [, said] = await test.recorded(LOG_STREAM);
      expect(await log.append(SEAL_STREAM, [noteUpTo(said!.position)], 'no_stream')).toMatchObject({ revision: 1 });
      // What the note behind which it stands covers is sealed all the same.
      await test.forge(SEAL_STREAM, anEvent());
      await expect(log.disown({ stream: test.name(device), revision: 0, actor })).rejects.toThrow('disowned before');
      await log.disown({ stream: test.name(SEAL_STREAM), revision: 2, actor });
      expect(await log.readNewest(SEAL_STREAM)).toMatchObject({ revision: 1 });
    });

    it('may be sealed by a note behind which another event of somebody else stands', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await test.forge(device, anEvent());
      const [forged] = await test.recorded(device);
      await log.append(SEAL_STREAM, [noteUpTo(forged!.position)], 'no_stream');
      await test.forge(SEAL_STREAM, anEvent());
      const attempt = (stream: StreamId, revision: number): Promise<string> =>
        log.disown({ stream: test.name(stream), revision, actor });
      await expect(attempt(device, 0)).rejects.toThrow('a checkpoint note covers it');
      // Perhaps a note: only who has its key knows.
      const gone = new TestKeys('gone').current;
      const place = { stream: SEAL_STREAM, revision: 2, historyId: log.runId, key: gone };
      await test.forge(SEAL_STREAM, test.stored(noteUpTo(forged!.position), place));
      await expect(attempt(device, 0)).rejects.toThrow('cannot be said: key_missing');
      await attempt(SEAL_STREAM, 2);
      await attempt(SEAL_STREAM, 1);
      await expect(attempt(device, 0)).rejects.toThrow('a checkpoint note covers it');
    });

    it('may stand in the log’s own stream: the log opens once one of ours behind it says so', async () => {
      const { test, log } = under();
      const device = freshDevice();
      await log.append(device, [issued()], 'no_stream');
      const other = await test.open();
      await test.forge(LOG_STREAM, anEvent(), anEvent());
      const refusal = (revision: number) => ({ kind: 'altered', stream: test.name(LOG_STREAM), revision });
      await expect(test.open()).rejects.toMatchObject(refusal(1));
      await expect(log.readStream(LOG_STREAM)).rejects.toMatchObject(refusal(1));
      // Nothing else is put behind it: it would be there before an event of ours.
      await test.forge(device, anEvent());
      await expect(log.disown({ stream: test.name(device), revision: 1, actor })).rejects.toMatchObject(refusal(1));
      await expect(log.restore({ refuseOlder: false, actor })).rejects.toMatchObject(refusal(1));
      test.keys.add('two');
      await expect(log.changeIntegrityKey('two', actor)).rejects.toMatchObject(refusal(1));
      expect(await test.recorded(LOG_STREAM)).toHaveLength(3);

      const maintained = await test.open({ mayHoldRefused: true });
      const attempt = (revision: number): Promise<string> =>
        maintained.disown({ stream: test.name(LOG_STREAM), revision, actor });
      await expect(attempt(1)).rejects.toThrow('disown that one first');
      await attempt(2);
      await expect(attempt(3)).rejects.toThrow('its MAC is valid');
      await expect(test.open()).rejects.toMatchObject(refusal(1));
      await attempt(1);
      const reopened = await test.open();
      for (const one of [reopened, log, other]) {
        expect((await one.readStream(LOG_STREAM)).map(({ revision }) => revision)).toEqual([0, 3, 4]);
        await expect(one.readStream(device)).rejects.toMatchObject({ stream: test.name(device), revision: 1 });
      }
      await reopened.disown({ stream: test.name(device), revision: 1, actor });
      for (const one of [reopened, log, other]) expect(await one.readStream(device)).toHaveLength(1);
      await other.append(device, [rotated(1)], 0);
      await reopened.restore({ refuseOlder: false, actor });
      expect((await (await test.open()).readStream(LOG_STREAM)).map(({ revision }) => revision)).toEqual([0, 3, 4, 5, 6]);
    });

    it('is excused in the log’s own stream by an event of ours alone that names exactly it', async () => {
      const { test, log } = under();
      await test.forge(LOG_STREAM, anEvent());
      const [, forged] = await test.recorded(LOG_STREAM);
      const digest = contentDigest(forged!);
      const data = { stream: test.name(LOG_STREAM), revision: 1, eventId: forged!.id, digest };
      const disowning = (change: object, place: { revision: number; key?: IntegrityKey }): StoredEvent => {
        const event = { type: 'EventDisowned', data: { ...data, ...change } } as const;
        const whole = { id: randomUUID(), occurredAt: NOW, actor, correlationId: 'c', event } as const;
        return test.stored(whole, { stream: LOG_STREAM, historyId: log.runId, ...place });
      };
      const refused = { kind: 'altered', revision: 1 };
      await test.forge(LOG_STREAM, disowning({}, { revision: 2, key: new TestKeys('stolen').current }));
      await expect(test.open()).rejects.toMatchObject(refused);
      await test.forge(
        LOG_STREAM,
        disowning({ digest: digest.replace(/./, (one) => (one === '0' ? '1' : '0')) }, { revision: 3 }),
      );
      await expect(test.open()).rejects.toMatchObject(refused);
      await test.forge(LOG_STREAM, disowning({ eventId: randomUUID() }, { revision: 4 }));
      await expect(test.open()).rejects.toMatchObject(refused);
      await test.forge(LOG_STREAM, disowning({}, { revision: 5 }));
      // The one by a key that is not in the key file is still there.
      await expect(test.open()).rejects.toMatchObject({ kind: 'key_missing', revision: 2 });
    });

    it('is none of ours, the newest of its stream, and not sealed', async () => {
      const { test, log } = under();
      const device = freshDevice();
      const attempt = (stream: string, revision: number): Promise<string> => log.disown({ stream, revision, actor });
      await log.append(device, [issued()], 'no_stream');
      await expect(attempt(test.name(device), 0)).rejects.toThrow('its MAC is valid');
      await expect(attempt(test.name(device), 1)).rejects.toThrow('there is no event');
      await expect(attempt('user-42', 0)).rejects.toThrow('no stream of ours');
      await test.forge(device, anEvent(), anEvent());
      await expect(attempt(test.name(device), 1)).rejects.toThrow('not the newest');
      const [, , newest] = await test.recorded(device);
      await log.append(SEAL_STREAM, [noteUpTo(newest!.position)], 'no_stream');
      await expect(attempt(test.name(device), 2)).rejects.toThrow(NotDisownableError);
      expect(await test.recorded(LOG_STREAM)).toHaveLength(1);
    });
  });
}
