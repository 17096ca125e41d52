// @ts-check
/** Which part of time is shown. Instants in milliseconds. */

/** Less than that is not shown: events have milliseconds, people do not. */
const SHORTEST_MS = 10_000;

/** @typedef {{ from: number, to: number }} Span */

/**
 * A range within the whole time, which may still grow.
 *
 * @param {() => void} changed
 */
export const shownRange = (changed) => {
  /** @type {Span} */
  let whole = { from: 0, to: SHORTEST_MS };
  /** Null: the whole. @type {Span | null} */
  let part = null;

  /** @param {Span} span */
  const within = ({ from, to }) => {
    const longest = whole.to - whole.from;
    const length = Math.min(Math.max(to - from, SHORTEST_MS), longest);
    const middle = (from + to) / 2;
    const begin = Math.min(Math.max(middle - length / 2, whole.from), whole.to - length);
    return length >= longest ? null : { from: begin, to: begin + length };
  };
  /** @param {Span | null} span */
  const show = (span) => {
    part = span === null ? null : within(span);
    changed();
  };
  const shown = () => part ?? whole;
  return {
    shown,
    whole: () => whole,
    isWhole: () => part === null,
    show,
    /** @param {Span} span */
    setWhole: (span) => {
      whole = { from: span.from, to: Math.max(span.to, span.from + SHORTEST_MS) };
      if (part !== null) part = within(part);
      changed();
    },
    /** Shows so much of the time that is shown, about an instant. @param {number} factor @param {number} about */
    zoom: (factor, about) => {
      const { from, to } = shown();
      const at = about >= from && about <= to ? about : (from + to) / 2;
      show({ from: at - (at - from) * factor, to: at + (to - at) * factor });
    },
    /** @param {number} share of what is shown */
    move: (share) => {
      const { from, to } = shown();
      const distance = (to - from) * share;
      show({ from: from + distance, to: to + distance });
    },
    /** Moves so far that an instant is in sight. @param {number} at */
    include: (at) => {
      const { from, to } = shown();
      if (at >= from && at <= to) return;
      const half = (to - from) / 2;
      show({ from: at - half, to: at + half });
    },
  };
};
/** @typedef {ReturnType<typeof shownRange>} Range */
