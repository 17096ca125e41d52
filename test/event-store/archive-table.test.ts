/** What is known of archived streams: right for each. */
import { describe, expect, it } from '@jest/globals';
import { ArchiveTable } from '../../src/event-store/archive-table.js';
import { chanceOf } from '../support/chance.js';
import { tokenStreamOf as name } from '../support/log-events.js';

describe('streams that went to archives', () => {
  it('are found with all their archives, the oldest part first', () => {
    const chance = chanceOf('archive table');
    const table = new ArchiveTable();
    const expected = new Map<string, { archive: string; before: number }[]>();
    for (let count = 0; count < 5_000; count += 1) {
      const stream = name(Math.floor(chance() * 2_000));
      const part = { archive: `a${Math.floor(chance() * 9)}`, before: 1 + Math.floor(chance() * 2 ** 32 - 1) };
      table.add(stream, { ...part, before: Math.max(1, part.before) });
      expected.set(stream, [...(expected.get(stream) ?? []), { ...part, before: Math.max(1, part.before) }]);
    }
    for (const [stream, parts] of expected)
      expect(table.of(stream).map(({ before }) => before)).toEqual(parts.map(({ before }) => before).sort((a, b) => a - b));
    for (const [stream, parts] of expected) expect(table.of(stream)).toEqual(expect.arrayContaining(parts));
    expect(table.of(name(2_001))).toEqual([]);
    expect(table.size).toBe(5_000);
    expect(table.bytes / table.size).toBeLessThanOrEqual(33);
  });
});
