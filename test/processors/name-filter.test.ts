import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { NameFilter } from '../../src/processors/name-filter.js';

describe('NameFilter', () => {
  it('holds every name that was added, and hardly another', () => {
    const filter = new NameFilter();
    const named = (count: number): string[] => Array.from({ length: count }, () => `sessions ${randomUUID()}`);
    const [added, others] = [named(20_000), named(20_000)];
    for (const name of added) filter.add(name);
    expect(added.every((name) => filter.mayHold(name))).toBe(true);
    expect(others.filter((name) => filter.mayHold(name)).length).toBeLessThan(3);
    expect(filter.mayHold('')).toBe(false);
  });

  it('holds none at first', () => {
    expect(['', 'a', 'accounts a'].some((name) => new NameFilter().mayHold(name))).toBe(false);
  });
});
