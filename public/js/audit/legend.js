// @ts-check
import { byId, make } from '../elements.js';
import { markAt, svg } from './svg.js';

const MARKS = /** @type {const} */ ([
  ['begin', 'signed in'],
  ['run', 'renewals, counted'],
  ['again', 'a lost answer given again'],
  ['contested', 'used from a second place at once'],
  ['theft', 'theft: an old key was shown'],
  ['exposure', 'time in which a second holder could act'],
  ['end', 'ended: signed out or revoked'],
  ['expired', 'expired: not used, or its time was over'],
  ['all', 'signed out everywhere'],
  ['note', 'another change'],
]);

/** @param {string} kind */
const sample = (kind) => {
  if (kind === 'run')
    return svg('g', { class: 'run' }, [
      svg('rect', { x: 0, y: 2, width: 24, height: 16, rx: 8 }),
      svg('text', { x: 12, y: 10, dy: '0.34em', 'text-anchor': 'middle' }, ['14']),
    ]);
  if (kind === 'exposure')
    return svg('rect', { x: 0, y: 2, width: 24, height: 16, rx: 3, class: kind, fill: 'url(#exposed)' });
  return markAt(kind, { x: 12, y: 10, size: kind === 'theft' ? 20 : 16 });
};

/** Says what the marks of the lanes mean. */
export const drawLegend = () =>
  byId('legend').replaceChildren(
    ...MARKS.map(([kind, words]) =>
      make('li', [svg('svg', { viewBox: '0 0 24 20', 'aria-hidden': 'true' }, [sample(kind)]), words]),
    ),
  );
