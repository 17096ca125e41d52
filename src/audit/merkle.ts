import { createHash, hash as digestOf } from 'node:crypto';

/** The bytes of a hash of the tree. */
export const HASH_BYTES = 32;

/** A stretch of leaves: from one index (inclusive) to another (exclusive). */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** A node's hash as text, a character a byte: hundreds of thousands of small buffers would keep the garbage collector busy. */
type HashText = string;

/** 0x01 ‖ left ‖ right. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** The hash of a leaf: SHA-256(0x00 ‖ record) (RFC 9162 §2.1.1). */
export function leafHash(record: string): Buffer {
  return digestOf('sha256', `\0${record}`, 'buffer');
}

/** The same, a character a byte. */
export function leafHashText(record: string): string {
  return digestOf('sha256', `\0${record}`, 'binary');
}

/** The hash of two subtrees that stand beside each other: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return digestOf('sha256', node, 'buffer');
}

function nodeText(left: HashText, right: HashText): HashText {
  node.write(left, 1, 'latin1');
  node.write(right, 1 + HASH_BYTES, 'latin1');
  return digestOf('sha256', node, 'binary');
}

function bytesOf(text: HashText): Buffer {
  return Buffer.from(text, 'latin1');
}

/**
 * A tree as it grows: of all leaves so far it keeps the roots of the complete subtrees alone, one for each bit of the size. So its
 * root costs little at any moment, and it takes a few hundred bytes.
 */
export class CompactRange {
  /** The roots of the complete subtrees, the largest first. */
  readonly #roots: HashText[];
  #size: number;

  /** Begins with no leaf, or with the complete subtrees of an earlier tree. Throws `RangeError` if they are too many or few. */
  constructor(size = 0, roots: readonly Buffer[] = []) {
    if (bitsOf(size) !== roots.length) throw new RangeError(`${roots.length} subtrees make no tree of ${size}`);
    this.#size = size;
    this.#roots = roots.map((root) => root.toString('latin1'));
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#size;
  }

  /** The roots of the complete subtrees, the largest first. */
  get roots(): readonly Buffer[] {
    return this.#roots.map(bytesOf);
  }

  /** Appends the hash of a leaf. */
  append(hash: Buffer): void {
    this.#append(hash.toString('latin1'));
  }

  /** Appends the leaf of a record: the same as its `leafHash`, without a buffer for it. */
  appendRecord(record: string): void {
    this.#append(digestOf('sha256', `\0${record}`, 'binary'));
  }

  /** The root over all leaves so far; over none it is the hash of nothing (RFC 9162 §2.1.1). */
  root(): Buffer {
    const [last, ...others] = this.#roots.toReversed();
    if (last === undefined) return createHash('sha256').digest();
    return bytesOf(others.reduce((right, left) => nodeText(left, right), last));
  }

  #append(leaf: HashText): void {
    let root = leaf;
    // Each complete subtree of the same height is merged with the new one; sizes may exceed 32 bits.
    for (let left = this.#size; left % 2 === 1; left = (left - 1) / 2) root = nodeText(this.#pop(), root);
    this.#roots.push(root);
    this.#size += 1;
  }

  #pop(): HashText {
    const root = this.#roots.pop();
    if (root === undefined) throw new RangeError('a tree has as many subtrees as its size has bits');
    return root;
  }
}

/**
 * The stretches of leaves whose roots are the inclusion proof of a leaf, in the order of the proof (RFC 9162 §2.1.3.1). Throws
 * `RangeError` if the tree does not have that leaf.
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) throw new RangeError(`no leaf ${index} of ${size}`);
  const path: LeafRange[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    path.push(index < middle ? { from: middle, to } : { from, to: middle });
    if (index < middle) to = middle;
    else from = middle;
  }
  return path.toReversed();
}

/**
 * The same for the consistency proof of two sizes of a tree (RFC 9162 §2.1.4.1). Throws `RangeError` unless 0 < first ≤ second.
 */
export function consistencyRanges(first: number, second: number): readonly LeafRange[] {
  if (!(first > 0 && first <= second)) throw new RangeError(`no consistency of ${first} with ${second}`);
  const path: LeafRange[] = [];
  let [from, to] = [0, second];
  while (to !== first) {
    const middle = from + largestPowerBelow(to - from);
    if (first <= middle) {
      path.push({ from: middle, to });
      to = middle;
    } else {
      path.push({ from, to: middle });
      from = middle;
    }
  }
  // The first tree itself need not be said.
  if (from > 0) path.push({ from, to });
  return path.toReversed();
}

/** Computes the roots of stretches that do not overlap, while the hashes of all leaves go by in their order. */
export class RangeRoots {
  readonly #ranges: readonly LeafRange[];
  readonly #trees: readonly CompactRange[];

  constructor(ranges: readonly LeafRange[]) {
    this.#ranges = ranges;
    this.#trees = ranges.map(() => new CompactRange());
  }

  add(index: number, hash: Buffer): void {
    const place = this.#ranges.findIndex(({ from, to }) => index >= from && index < to);
    this.#trees[place]?.append(hash);
  }

  /** In the order of the ranges. */
  roots(): readonly Buffer[] {
    return this.#trees.map((tree) => tree.root());
  }
}

function bitsOf(size: number): number {
  return size.toString(2).replaceAll('0', '').length;
}

/** The largest power of two that is smaller than a number above 1. */
function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
