// @ts-check
/** Explains what may have been a theft, and accuses nobody. */
import { byId, make } from '../elements.js';
import { clientContent } from './client-view.js';
import { exposureWords, heldWords, LABELS, seenWords, VERDICTS } from './theft-words.js';
import { markAt, svg } from './svg.js';
import { shortWords } from './utc-words.js';

/** @typedef {import('./audit-api.js').Theft} Theft */

const AT_FIRST = 3;
const NO_PROOF =
  'Addresses and programs are what each holder said of itself. The log cannot say which of the two the session belongs to.';

/** @param {import('./audit-api.js').Holder} holder @param {number} index */
const holderElement = (holder, index) => {
  const [from, to] = [Date.parse(holder.from), Date.parse(holder.to)];
  const when = from === to ? `seen ${shortWords(from)}` : `seen ${shortWords(from)} – ${shortWords(to)}`;
  return make('li', [
    make('p', [`Holder ${index + 1}`], 'hint'),
    make('p', clientContent(holder), 'client'),
    make('p', [`${heldWords(holder)}, ${when}`], 'hint'),
  ]);
};

/** @param {Theft} theft @param {(theft: Theft) => void} show */
const theftElement = (theft, show) => {
  const isStolen = theft.label === 'stolen';
  const title = make('h3', [
    svg('svg', { class: 'sign', viewBox: '0 0 20 20', 'aria-hidden': 'true' }, [
      markAt(isStolen ? 'theft' : 'contested', { x: 10, y: 10, size: 20 }),
    ]),
    LABELS[theft.label],
  ]);
  const button = make('button', ['Show it on the lanes'], 'quiet');
  button.setAttribute('type', 'button');
  button.addEventListener('click', () => show(theft));
  const exposure = exposureWords(theft);
  const article = make(
    'article',
    [
      title,
      make('p', [VERDICTS[theft.label]], 'verdict'),
      make('p', [seenWords(theft)]),
      make('ol', theft.holders.map(holderElement), 'holders'),
      ...(exposure === null ? [] : [make('p', [exposure], 'exposed')]),
      ...(isStolen ? [make('p', [NO_PROOF], 'hint')] : []),
      make('div', [button], 'actions'),
    ],
    isStolen ? 'panel theft' : 'panel theft mild',
  );
  article.setAttribute('aria-label', `${LABELS[theft.label]}, seen ${shortWords(Date.parse(theft.detected_at))}`);
  return article;
};

/** @param {readonly Theft[]} thefts @param {(theft: Theft) => void} show */
export const showThefts = (thefts, show) => {
  const place = byId('thefts');
  const all = thefts.map((theft) => theftElement(theft, show));
  const more = make('button', [`Show all ${all.length}`], 'quiet');
  more.setAttribute('type', 'button');
  more.addEventListener('click', () => {
    place.replaceChildren(...all);
    const next = all[AT_FIRST]?.querySelector('button');
    next?.focus();
  });
  place.replaceChildren(...all.slice(0, AT_FIRST), ...(all.length > AT_FIRST ? [more] : []));
};
