import { nodeHash } from './merkle.js';

/** A tree by its size and root. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/** Whether a leaf stands at an index of a tree (RFC 9162 §2.1.3.2). */
export function isIncluded(
  { index, leaf, proof }: { readonly index: number; readonly leaf: Buffer; readonly proof: readonly Buffer[] },
  { size, root }: TreeHead,
): boolean {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) return false;
  let hash = leaf;
  const reached = climb([index, size - 1], proof, (sibling, isLeft) => {
    hash = isLeft ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  });
  return reached && hash.equals(root);
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
  const reached = climb([node, last], path, (sibling, isLeft) => {
    if (isLeft) ofFirst = nodeHash(sibling, ofFirst);
    ofSecond = isLeft ? nodeHash(sibling, ofSecond) : nodeHash(ofSecond, sibling);
  });
  return reached && ofFirst.equals(first.root) && ofSecond.equals(second.root);
}

/** Goes from a node to the root, sibling by sibling; whether it got exactly there. `last` is the last node of the same height. */
function climb(
  [index, lastIndex]: readonly [node: number, last: number],
  siblings: readonly Buffer[],
  join: (sibling: Buffer, isLeft: boolean) => void,
): boolean {
  let [node, last] = [index, lastIndex];
  for (const sibling of siblings) {
    if (last === 0) return false;
    const isLeft = node % 2 === 1 || node === last;
    join(sibling, isLeft);
    // The last node of a height that has no right neighbour goes up as it is.
    while (isLeft && node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    [node, last] = [half(node), half(last)];
  }
  return last === 0;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
