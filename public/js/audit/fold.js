// @ts-check
/** Folds what would be drawn in one place. Instants in milliseconds, places in pixels. */
import { stepOf } from './ticks.js';

/** @typedef {import('./lanes.js').Mark} Mark */
/** @typedef {{ from: number, to: number, width: number }} Scale The part of time that is shown, and how wide. */
/** @typedef {{ x: number, count: number, from: number, to: number }} Run Renewals that are drawn as one. */
/** @typedef {{ x: number, count: number, mark: Mark }} Drawn Marks of one kind, of which the first is named. */

/** Room for a number. */
const RUN_PX = 44;
const MARK_PX = 9;

/** @param {Scale} scale @param {number} at */
export const placeOf = ({ from, to, width }, at) => ((at - from) / (to - from)) * width;

/** The index of the first instant that is not before another one; they are in ascending order. @param {readonly number[]} instants @param {number} at */
const firstFrom = (instants, at) => {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((instants[middle] ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * The renewals that are in sight, together where they are close. The parts of time in which they are counted stay the same while the
 * picture is moved, so that numbers do not change under the pointer.
 *
 * @param {readonly number[]} uses in ascending order
 * @param {Scale} scale
 * @returns {Run[]}
 */
export const foldUses = (uses, scale) => {
  const part = stepOf((RUN_PX * (scale.to - scale.from)) / scale.width);
  /** @type {Run[]} */
  const runs = [];
  let index = firstFrom(uses, scale.from);
  while (index < uses.length) {
    const from = uses[index] ?? 0;
    if (from > scale.to) break;
    const next = firstFrom(uses, (Math.floor(from / part) + 1) * part);
    const to = uses[next - 1] ?? from;
    const x = (placeOf(scale, from) + placeOf(scale, Math.min(to, scale.to))) / 2;
    runs.push({ x, count: next - index, from, to });
    index = next;
  }
  return runs;
};

/**
 * The marks that are in sight, those of one kind together where they would cover each other.
 *
 * @param {readonly Mark[]} marks
 * @param {Scale} scale
 * @returns {Drawn[]}
 */
export const foldMarks = (marks, scale) => {
  /** @type {Drawn[]} */
  const drawn = [];
  /** The last of each kind. @type {Map<string, Drawn>} */
  const lasts = new Map();
  for (const mark of marks) {
    if (mark.at < scale.from || mark.at > scale.to) continue;
    const x = placeOf(scale, mark.at);
    const last = lasts.get(mark.kind);
    if (last && Math.abs(x - last.x) < MARK_PX) {
      last.count += 1;
      continue;
    }
    const made = { x, count: 1, mark };
    lasts.set(mark.kind, made);
    drawn.push(made);
  }
  return drawn;
};
