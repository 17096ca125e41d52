import { nodeHash } from './merkle.js';

/** Whether a leaf stands at an index of the tree of a size and root (RFC 9162 §2.1.3.2). */
export function isIncluded(
  { index, leaf, proof }: { readonly index: number; readonly leaf: Buffer; readonly proof: readonly Buffer[] },
  { size, root }: { readonly size: number; readonly root: Buffer },
): boolean {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) return false;
  let [node, last] = [index, size - 1];
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** A tree by its size and root. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/** Whether the second tree begins with all leaves of the first, in their order (RFC 9162 §2.1.4.2). */
export function isConsistent(first: TreeHead, second: TreeHead, proof: readonly Buffer[]): boolean {
  if (first.size <= 0 || first.size > second.size) return false;
  if (first.size === second.size) return proof.length === 0 && first.root.equals(second.root);
  let [node, last] = [first.size - 1, second.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // A first tree that is complete is a subtree of the second one, and its root begins the proof.
  const [start, ...path] = node === 0 ? [first.root, ...proof] : proof;
  if (start === undefined) return false;
  let [ofFirst, ofSecond] = [start, start];
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      ofFirst = nodeHash(sibling, ofFirst);
      ofSecond = nodeHash(sibling, ofSecond);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      ofSecond = nodeHash(ofSecond, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && ofFirst.equals(first.root) && ofSecond.equals(second.root);
}

function half(value: number): number {
  return Math.floor(value / 2);
}
