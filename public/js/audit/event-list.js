// @ts-check
/** What happened in the time that is shown, event by event: the same as the lanes, to be read. */
import { bdi, byId, make, one } from '../elements.js';
import { rowsOf } from './event-rows.js';
import { kindOf } from './lanes.js';
import { markAt, svg } from './svg.js';
import { dateWords, shortWords } from './utc-words.js';

/** @typedef {import('./lanes.js').Entry} Entry */
/** @typedef {import('./event-rows.js').Row} Row */
/**
 * @typedef {object} Actions
 * @property {(entry: Entry) => void} show the state after it
 * @property {(entry: Entry) => Node} nameOf what its device is called
 */

const PAGE = 50;
const WAIT_MS = 150;

/** @param {Row} row */
const wordsOf = ({ entry, last, count, devices }) => {
  // The sentence names what somebody else has sent: it must not turn the direction of the rest.
  if (count === 1) return [bdi(entry.words)];
  const until = `until ${shortWords(Date.parse(last.occurred_at))}`;
  const times = `${count.toLocaleString('en')} renewals`;
  if (devices.size > 1) return [`${times} on ${devices.size} devices, ${until}.`];
  const isOne = entry.session_id === last.session_id;
  return [`${times}${isOne ? ` (${entry.generation} to ${last.generation})` : ''}, ${until}.`];
};

/** @param {Row} row @param {Actions} actions */
const rowElement = (row, { show, nameOf }) => {
  const { entry, count, devices } = row;
  const at = Date.parse(entry.occurred_at);
  const kind = kindOf(entry);
  const time = make('button', [shortWords(at)], 'time');
  time.setAttribute('type', 'button');
  time.setAttribute('aria-label', `${shortWords(at)}: show the state after this`);
  time.addEventListener('click', () => show(row.last));
  const sign = svg('svg', { class: 'sign', viewBox: '0 0 20 20', 'aria-hidden': 'true' }, [
    markAt(kind, { x: 10, y: 10, size: 20 }),
  ]);
  const where = entry.session_id === null ? 'Account' : devices.size > 1 ? 'Several' : nameOf(entry);
  const item = make('li', [sign, time, make('p', [where], 'where'), make('p', wordsOf(row))], kind);
  if (count > 1) item.classList.add('run');
  return item;
};

/**
 * @param {() => { entries: readonly Entry[], from: number, to: number }} content
 * @param {Actions} actions
 */
export const eventList = (content, actions) => {
  const list = byId('events');
  const more = byId('more-events');
  const each = one(document, '#each-renewal', HTMLInputElement);
  /** @type {Row[]} */
  let rows = [];
  let shown = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const append = () => {
    const next = rows.slice(shown, shown + PAGE);
    let day = shown === 0 ? '' : dateWords(Date.parse(rows[shown - 1]?.entry.occurred_at ?? ''));
    for (const row of next) {
      const itsDay = dateWords(Date.parse(row.entry.occurred_at));
      const item = rowElement(row, actions);
      item.classList.toggle('new-day', itsDay !== day);
      day = itsDay;
      list.append(item);
    }
    shown += next.length;
    const left = rows.length - shown;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(PAGE, left)} more of ${left.toLocaleString('en')}`;
  };
  const draw = () => {
    const { entries, from, to } = content();
    rows = rowsOf(entries, { from, to, eachRenewal: each.checked });
    shown = 0;
    list.replaceChildren();
    append();
    byId('no-events').hidden = rows.length > 0;
  };
  each.addEventListener('change', draw);
  more.addEventListener('click', () => {
    const next = list.children.length;
    append();
    // The button goes down, or goes: reading goes on at what is new.
    list.children[next]?.querySelector('button')?.focus({ preventScroll: true });
  });
  return {
    /** A little later, since what is shown may be on the move. */
    draw: () => {
      clearTimeout(timer);
      timer = setTimeout(draw, WAIT_MS);
    },
    clear: () => {
      clearTimeout(timer);
      rows = [];
      list.replaceChildren();
      more.hidden = true;
    },
  };
};
