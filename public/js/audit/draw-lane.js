// @ts-check
/** Draws the track of one lane: sessions as bars, what happened in them as marks. */
import { foldMarks, foldUses, placeOf } from './fold.js';
import { markAt, svg } from './svg.js';
import { LABELS } from './theft-words.js';
import { shortWords } from './utc-words.js';

/** @typedef {import('./fold.js').Scale} Scale */
/** @typedef {import('./lanes.js').Mark} Mark */
/** @typedef {import('./audit-api.js').Theft} Theft */
/**
 * @typedef {object} Scene What all lanes have in common.
 * @property {Scale} scale
 * @property {readonly number[]} ticks
 * @property {readonly { at: number }[]} signOuts
 * @property {readonly Theft[]} thefts
 * @property {number} now
 */

const BAR = 8;
const RUN = 18;
const LABEL_PX = 84;

/** @param {Scale} scale @param {number} from @param {number} to */
const clipped = (scale, from, to) => {
  const begin = Math.max(0, placeOf(scale, from));
  const end = Math.min(scale.width, placeOf(scale, to));
  return end < 0 || begin > scale.width ? null : { x: begin, width: Math.max(2, end - begin) };
};

/** @param {number} count */
const countWords = (count) => (count < 1_000 ? String(count) : `${(count / 1_000).toFixed(count < 9_950 ? 1 : 0)}k`);

/** @param {import('./fold.js').Run} run @param {number} y */
const runElement = ({ x, count, from, to }, y) => {
  const title =
    count === 1 ? `Renewed ${shortWords(from)}` : `Renewed ${count} times, ${shortWords(from)} – ${shortWords(to)}`;
  if (count === 1) return svg('g', { class: 'run' }, [svg('circle', { cx: x, cy: y, r: 4 }), svg('title', {}, [title])]);
  const text = countWords(count);
  const width = 12 + text.length * 7;
  return svg('g', { class: 'run' }, [
    svg('rect', { x: x - width / 2, y: y - RUN / 2, width, height: RUN, rx: RUN / 2 }),
    svg('text', { x, y, dy: '0.34em', 'text-anchor': 'middle' }, [text]),
    svg('title', {}, [title]),
  ]);
};

/** @param {readonly Theft[]} thefts @param {Mark} mark */
const theftAt = (thefts, { kind, sid, at }) =>
  (kind === 'theft' || kind === 'contested') &&
  thefts.find(({ session_id: id, detected_at: seen }) => id === sid && Date.parse(seen) === at);

/** @param {import('./fold.js').Drawn} drawn @param {Scene} scene @param {number} y */
const markElement = ({ x, count, mark }, { thefts, scale }, y) => {
  const theft = theftAt(thefts, mark) || undefined;
  const kind = theft === undefined ? mark.kind : theft.label === 'stolen' ? 'theft' : 'contested';
  const size = kind === 'theft' ? 20 : 16;
  const title = `${shortWords(mark.at)}: ${mark.words}${count > 1 ? ` And ${count - 1} more of this kind.` : ''}`;
  const group = markAt(kind, { x, y, size, title });
  const label = theft === undefined ? (count > 1 ? `×${count}` : '') : LABELS[theft.label];
  if (label === '') return group;
  const isLeft = x > scale.width - LABEL_PX;
  const place = { x: x + (isLeft ? -1 : 1) * (size / 2 + 4), y, dy: '0.34em', 'text-anchor': isLeft ? 'end' : 'start' };
  group.append(svg('text', { ...place, class: 'label' }, [label]));
  return group;
};

/** The later of two marks is drawn over the earlier, and theft over all. @param {import('./fold.js').Drawn} drawn */
const rank = ({ mark: { kind } }) => ['end', 'expired', 'contested', 'theft'].indexOf(kind);

/** @param {import('./lanes.js').Session} session @param {Scene} scene @param {number} y */
const sessionElements = (session, { scale, thefts, now }, y) => {
  const bar = clipped(scale, session.begin, session.end ?? Math.max(now, session.lastAt));
  if (bar === null) return [];
  const theft = thefts.find(({ session_id: sid, label }) => sid === session.sid && label === 'stolen');
  const from = theft?.exposed_from ?? null;
  const exposed =
    from === null ? null : clipped(scale, Date.parse(from), theft?.exposed_to ? Date.parse(theft.exposed_to) : now);
  return [
    ...(exposed === null
      ? []
      : [svg('rect', { ...exposed, y: y - 13, height: 26, rx: 4, class: 'exposure', fill: 'url(#exposed)' })]),
    svg('rect', { ...bar, y: y - BAR / 2, height: BAR, rx: BAR / 2, class: session.end === null ? 'bar open' : 'bar' }),
  ];
};

/**
 * @param {SVGSVGElement} track
 * @param {{ sessions: readonly import('./lanes.js').Session[], marks: readonly Mark[] }} lane
 * @param {Scene} scene
 */
export const drawLane = (track, { sessions, marks }, scene) => {
  const { scale, ticks, signOuts } = scene;
  const height = track.clientHeight;
  const y = height / 2;
  /** @param {number} at @param {string} name */
  const upright = (at, name) => {
    const x = Math.round(placeOf(scale, at)) + 0.5;
    return x < 0 || x > scale.width ? [] : [svg('path', { d: `M${x} 0V${height}`, class: name })];
  };
  const uses = sessions.flatMap((session) => foldUses(session.uses, scale));
  track.replaceChildren(
    ...ticks.flatMap((at) => upright(at, 'grid')),
    ...foldMarks(
      signOuts.map(({ at }) => ({ kind: 'all', at, words: '', sid: null })),
      scale,
    ).flatMap(({ mark }) => upright(mark.at, 'all-out')),
    ...sessions.flatMap((session) => sessionElements(session, scene, y)),
    ...uses.map((run) => runElement(run, y)),
    ...foldMarks(marks, scale)
      .sort((one, other) => rank(one) - rank(other))
      .map((drawn) => markElement(drawn, scene, y)),
  );
};
