import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import { LogText } from '../../src/event-store/log-text.js';
import { positionOf } from '../../src/event-store/position.js';

const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
const event = fc.record({ stream: line, revision: fc.nat(), id: line, type: line, data: line, metadata: line });
const events = fc
  .array(event, { minLength: 1, maxLength: 6 })
  .map((list) => list.map((one, index): RecordedEvent => ({ ...one, position: positionOf(index + 9) })));

describe('LogText', () => {
  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(events, (list) => {
        const text = LogText.from(list);
        expect(text?.all()).toEqual(list);
        for (const [index, { stream, revision, id, type, data }] of list.entries())
          expect(text?.placeAndData(index)).toBe(`${stream}\n${revision}\n${id}\n${type}\n${data}\n`);
      }),
    );
  });

  it('is not made of an event with a line feed in any member, nor of none, nor of events out of order', () => {
    const members = ['position', 'stream', 'id', 'type', 'data', 'metadata'] as const;
    fc.assert(
      fc.property(events, fc.constantFrom(...members), fc.nat(), (list, member, place) => {
        const at = place % list.length;
        const broken = list.map((one, index) => (index === at ? { ...one, [member]: `${one[member]}\nmore` } : one));
        expect(LogText.from(broken)).toBeNull();
        expect(LogText.from([...list, list[0]!])).toBeNull();
      }),
    );
    expect(LogText.from([])).toBeNull();
    expect(LogText.of('', 0)).toBeNull();
  });
});
