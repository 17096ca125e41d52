import { describe, expect, it } from '@jest/globals';
import { ArchivePlan, type ArchiveBounds } from '../../src/audit/archive/archive-plan.js';
import { CheckpointPassedError, ProcessorPlaces } from '../../src/audit/archive/processor-places.js';
import type { CheckedEvent, Verdict } from '../../src/event-store/authentic-log.js';
import { RefusedEventError } from '../../src/event-store/event-log.js';
import { positionOf } from '../../src/event-store/position.js';

const NOW = Date.parse('2026-03-01T00:00:00.000Z');
const DAY = 86_400_000;
const MAC = `kid.${'A'.repeat(43)}`;

/** An event that occurred so many days ago, at a place of the log. */
function event(
  type: string,
  {
    daysAgo,
    revision,
    verdict = 'ours',
    at = revision,
  }: { daysAgo: number; revision: number; verdict?: Verdict; at?: number },
): CheckedEvent {
  const occurredAt = new Date(NOW - daysAgo * DAY).toISOString();
  const metadata = JSON.stringify({ actor: 'user', correlationId: 'c', mac: MAC, occurredAt, schemaVersion: '1' });
  const recorded = {
    stream: 't_device',
    revision,
    position: positionOf(100 + at),
    id: String(revision),
    type,
    data: '{}',
    metadata,
  };
  return { recorded, kind: 'token', verdict };
}

const BOUNDS: ArchiveBounds = { before: NOW - 10 * DAY, endedBefore: NOW - 90 * DAY, sealedUpTo: positionOf(1_000) };
const NOBODY = {
  eventLog: {
    readNewest: () => Promise.reject(new Error('not asked')),
    readStream: () => Promise.resolve([]),
    histories: [],
  },
  alarms: { streamDestroyed: () => undefined },
};

/** Before which revision a stream of these events is archived; 0: nothing is. No session of it is asked for. */
async function cutOf(events: readonly CheckedEvent[], bounds: Partial<ArchiveBounds> = {}): Promise<number> {
  const plan = new ArchivePlan({ ...BOUNDS, ...bounds });
  for (const one of events) plan.take(one);
  for await (const { before } of plan.streams(NOBODY, () => null, NOW)) return before;
  return 0;
}

const ended = [
  event('TokenIssued', { daysAgo: 50, revision: 0 }),
  event('TokenRotated', { daysAgo: 40, revision: 1 }),
  event('TokenRotated', { daysAgo: 5, revision: 2 }),
  event('TokenRevoked', { daysAgo: 4, revision: 3 }),
];

describe('what of an ended session is archived', () => {
  it('is what occurred before the moment, never the newest event', async () => {
    expect(await cutOf(ended)).toBe(2);
    expect(await cutOf(ended, { before: NOW })).toBe(3);
    expect(await cutOf(ended, { before: NOW - 60 * DAY })).toBe(0);
    expect(await cutOf(ended.slice(3), { before: NOW })).toBe(0);
  });

  it('is all but its end, once that is past retention, whatever the moment', async () => {
    expect(await cutOf(ended, { before: 0, endedBefore: NOW - 3 * DAY })).toBe(3);
    expect(await cutOf(ended, { before: 0, endedBefore: NOW - 4.5 * DAY })).toBe(0);
  });

  it('is what no note covers never', async () => {
    expect(await cutOf(ended, { before: NOW, sealedUpTo: positionOf(101) })).toBe(2);
    expect(await cutOf(ended, { before: NOW, sealedUpTo: null })).toBe(0);
    const plan = new ArchivePlan({ ...BOUNDS, sealedUpTo: positionOf(100) });
    for (const one of ended) plan.take(one);
    expect(plan.unsealed).toBe(1);
  });

  it('is a beginning of the stream, also where a clock stepped', async () => {
    const stepped = [
      event('TokenIssued', { daysAgo: 50, revision: 7 }),
      event('TokenRotated', { daysAgo: 1, revision: 8 }),
      event('TokenRotated', { daysAgo: 40, revision: 9 }),
      event('TokenRevoked', { daysAgo: 39, revision: 10 }),
    ];
    expect(await cutOf(stepped)).toBe(8);
  });

  it('goes on from what is archived already', async () => {
    expect(await cutOf(ended.slice(1))).toBe(2);
    expect(await cutOf(ended.slice(2))).toBe(0);
  });

  it('of sessions before it: all, once the next one began before retention', async () => {
    const two = [
      event('TokenIssued', { daysAgo: 50, revision: 0 }),
      event('TokenRevoked', { daysAgo: 30, revision: 1 }),
      event('TokenIssued', { daysAgo: 30, revision: 2 }),
      event('TokenRevoked', { daysAgo: 2, revision: 3 }),
    ];
    expect(await cutOf(two, { before: 0, endedBefore: NOW - 20 * DAY })).toBe(2);
    expect(await cutOf(two, { before: 0, endedBefore: NOW - 30.5 * DAY })).toBe(0);
  });

  it('takes a disowned event along, nothing of a destroyed stream, and stops at one that is altered', async () => {
    const foreign = event('Foreign', { daysAgo: 0, revision: 1, verdict: 'disowned' });
    expect(await cutOf([ended[0]!, foreign, ...ended.slice(2)])).toBe(2);
    expect(await cutOf(ended.map((one) => ({ ...one, verdict: 'void' as const })))).toBe(0);
    const refused = new RefusedEventError('altered', ended[1]!.recorded, 'its MAC is not valid');
    await expect(cutOf([ended[0]!, { ...ended[1]!, verdict: refused }])).rejects.toThrow(refused);
  });
});

describe('how far the processors have come', () => {
  const places = (checkpoint: string | null): ProcessorPlaces => {
    const takes = (_: string, type: string): boolean => type === 'TokenRotated';
    const found = new ProcessorPlaces([{ name: 'mailer', checkpoint, takes }]);
    for (const { recorded, kind } of ended) found.take(recorded, kind);
    return found;
  };

  it('is refused where it would be passed, by its name', () => {
    expect(() => places(positionOf(100)).check(positionOf(101))).toThrow(CheckpointPassedError);
    expect(() => places(positionOf(100)).check(positionOf(103))).toThrow(/^the mailer has come to position 0+100 only/);
  });

  it('is far enough at its checkpoint, before it, and as long as nothing follows that it takes', () => {
    for (const [checkpoint, position] of [
      [101, 101],
      [102, 101],
      [102, 103],
      [100, 100],
    ])
      expect(() => places(positionOf(checkpoint!)).check(positionOf(position!))).not.toThrow();
  });

  it('does not count where there is no checkpoint: it begins by itself', () => {
    expect(() => places(null).check(positionOf(103))).not.toThrow();
  });
});
