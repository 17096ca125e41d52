import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  CompactRange,
  consistencyRanges,
  inclusionRanges,
  leafHash,
  RangeRoots,
  type LeafRange,
} from '../../src/audit/merkle.js';
import { signNote } from '../../src/audit/note.js';
import { formatProof } from '../../src/audit/tlog-proof.js';
import { verifierKey, verifierOf } from '../../src/audit/verifier-key.js';

/** The records of leaves that a test makes up. */
export const recordsOf = (size: number): string[] => Array.from({ length: size }, (_, index) => `record ${index}\n`);

/** The root over some records. */
export function rootOf(records: readonly string[]): Buffer {
  const tree = new CompactRange();
  for (const record of records) tree.append(leafHash(record));
  return tree.root();
}

/** The roots over stretches of records. */
export function rootsOf(ranges: readonly LeafRange[], records: readonly string[]): readonly Buffer[] {
  const roots = new RangeRoots(ranges);
  for (const [index, record] of records.entries()) roots.add(index, leafHash(record));
  return roots.roots();
}

/** Writes what an auditor may hold of a log of these records: key, note, a proof of each index named, consistency of each size named. */
export function writeVectors(
  folder: string,
  {
    records,
    origin,
    keys,
    indexes,
    sizes,
  }: {
    readonly records: readonly string[];
    readonly origin: string;
    readonly keys: { readonly key: KeyObject; readonly publicKey: KeyObject };
    readonly indexes: readonly number[];
    readonly sizes: readonly number[];
  },
): void {
  const size = records.length;
  const note = signNote({ origin, size, root: rootOf(records) }, keys);
  const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
  write('key.txt', `${verifierKey(verifierOf(origin, keys.publicKey))}\n`);
  write('note.txt', note);
  for (const index of indexes) {
    const hashes = rootsOf(inclusionRanges(index, size), records);
    write(`${index}.tlog-proof`, formatProof({ extra: records[index]!, index, hashes, note }));
  }
  const consistency = sizes.map((first) => ({
    ...{ First: first, Second: size },
    FirstRoot: rootOf(records.slice(0, first)).toString('base64'),
    SecondRoot: rootOf(records).toString('base64'),
    Hashes: rootsOf(consistencyRanges(first, size), records).map((hash) => hash.toString('base64')),
  }));
  write('consistency.json', `${JSON.stringify(consistency, null, 1)}\n`);
}
