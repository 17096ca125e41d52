import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { CompactRange, consistencyRanges, inclusionRanges, leafHash } from '../../src/audit/merkle.js';
import { isConsistent, isIncluded } from '../../src/audit/merkle-proof.js';
import { recordsOf, rootOf, rootsOf } from '../support/audit-vectors.js';

const SIZES = Array.from({ length: 40 }, (_, size) => size);
const RECORDS = recordsOf(40);

/** RFC 9162 §2.1.1, word for word. */
function merkleTreeHash(records: readonly string[]): Buffer {
  const sha = (...parts: readonly (string | Buffer)[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
  const [first] = records;
  if (first === undefined) return sha('');
  if (records.length === 1) return sha(Buffer.of(0), first);
  const k = 2 ** Math.ceil(Math.log2(records.length) - 1);
  return sha(Buffer.of(1), merkleTreeHash(records.slice(0, k)), merkleTreeHash(records.slice(k)));
}

describe('the Merkle tree (RFC 9162)', () => {
  it.each(SIZES)('has the root of the definition at size %s', (size) => {
    const records = RECORDS.slice(0, size);
    expect(rootOf(records)).toEqual(merkleTreeHash(records));
  });

  it('is the same of records as of the hashes of their leaves', () => {
    const [ofHashes, ofRecords] = [new CompactRange(), new CompactRange()];
    for (const record of RECORDS) {
      ofHashes.append(leafHash(record));
      ofRecords.appendRecord(record);
      expect(ofRecords.root()).toEqual(ofHashes.root());
      expect(new CompactRange(ofRecords.size, ofRecords.roots).root()).toEqual(ofHashes.root());
    }
  });

  it.each(SIZES.slice(1))('proves each leaf of %s, and no other', (size) => {
    const records = RECORDS.slice(0, size);
    const head = { size, root: rootOf(records) };
    for (const [index, record] of records.entries()) {
      const proof = rootsOf(inclusionRanges(index, size), records);
      const leaf = leafHash(record);
      expect(isIncluded({ index, leaf, proof }, head)).toBe(true);
      expect(isIncluded({ index, leaf: leafHash('another'), proof }, head)).toBe(false);
      expect(isIncluded({ index: index === 0 ? 1 : index - 1, leaf, proof }, head)).toBe(false);
      expect(isIncluded({ index, leaf, proof: [...proof, leaf] }, head)).toBe(false);
      expect(isIncluded({ index, leaf, proof }, { ...head, root: leafHash('another') })).toBe(false);
      if (proof.length > 0) expect(isIncluded({ index, leaf, proof: proof.slice(1) }, head)).toBe(false);
    }
  });

  it('has no leaf outside', () => {
    for (const [index, size] of [
      [0, 0],
      [5, 5],
      [-1, 5],
      [1.5, 5],
    ] as const)
      expect(() => inclusionRanges(index, size)).toThrow(RangeError);
  });

  it.each(SIZES.slice(1))('proves each earlier size consistent with %s, and nothing else', (size) => {
    const second = { size, root: rootOf(RECORDS.slice(0, size)) };
    for (let first = 1; first <= size; first += 1) {
      const head = { size: first, root: rootOf(RECORDS.slice(0, first)) };
      const proof = rootsOf(consistencyRanges(first, size), RECORDS);
      expect(isConsistent(head, second, proof)).toBe(true);
      const altered = { ...head, root: rootOf([...RECORDS.slice(1, first), 'another']) };
      expect(isConsistent(altered, second, proof)).toBe(false);
      expect(isConsistent(head, { ...second, root: leafHash('another') }, proof)).toBe(false);
      expect(isConsistent(head, second, [...proof, leafHash('more')])).toBe(false);
    }
  });

  it('has no consistency with nothing, or backwards', () => {
    const head = (size: number): { size: number; root: Buffer } => ({ size, root: rootOf(RECORDS.slice(0, size)) });
    expect(() => consistencyRanges(0, 3)).toThrow(RangeError);
    expect(() => consistencyRanges(4, 3)).toThrow(RangeError);
    expect(isConsistent(head(0), head(3), [])).toBe(false);
    expect(isConsistent(head(4), head(3), [])).toBe(false);
  });
});
