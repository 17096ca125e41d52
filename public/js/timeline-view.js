// @ts-check
/** Draws the days of a timeline. */
import { agentWords } from './agent-words.js';
import { address, bdi, make, timeElement } from './elements.js';
import { eventWords } from './event-words.js';
import { clockWords, dayWords, exactWords } from './time-words.js';

/** @typedef {import('./timeline-marks.js').Mark} Mark */
/** @typedef {import('./timeline-marks.js').Day} Day */

const MAX_PLACES = 4;
const MOVED = { network: 'from another network', program: 'by another browser or app' };
const FORKED = 'after the two places parted: may be either';

/** @param {import('./timeline-marks.js').Place} place */
const placeWords = ({ ip, user_agent: agent }) => {
  const parts = [...(agent === null ? [] : [bdi(agentWords(agent))]), ...(ip === null ? [] : [address(ip)])];
  return parts.flatMap((part, index) => (index === 0 ? [part] : [' · ', part]));
};

/** @param {readonly import('./timeline-marks.js').Place[]} places */
const placeList = (places) => {
  const shown = places.slice(0, MAX_PLACES).map((place) => make('li', placeWords(place)));
  const rest = places.length - shown.length;
  return make('ul', [...shown, ...(rest > 0 ? [make('li', [`and ${rest} more`])] : [])], 'places');
};

/** @param {string} at */
const clock = (at) => timeElement(at, clockWords(at), exactWords(at));

/** When it was, from the oldest to the newest of its events. @param {Mark} mark */
const span = ({ events }) => {
  const newest = events[0]?.occurred_at ?? '';
  const oldest = events.at(-1)?.occurred_at ?? '';
  return clockWords(oldest) === clockWords(newest) ? [clock(newest)] : [clock(oldest), ' – ', clock(newest)];
};

/** @param {number} count */
const times = (count) => (count === 1 ? 'Used' : `Used ${count} times`);

/** @param {Mark} mark */
const markElement = (mark) => {
  const [newest] = mark.events;
  if (!newest) {
    const end = make('strong', ['Ended together with other sessions']);
    return make('li', [make('p', [end], 'what')], 'end');
  }
  const [kind, words] = eventWords(newest);
  const isRun = mark.events.length > 1;
  // An answer that is sent again is no use of its own.
  const uses = mark.events.filter(({ type }) => type === 'TokenRotated').length;
  const what = make(
    'p',
    [make('strong', [isRun && uses > 0 ? times(uses) : words]), ' ', make('span', span(mark))],
    'what',
  );
  const item = make('li', [what], isRun ? 'use run' : kind);
  item.dataset.type = newest.type;
  item.classList.toggle('forked', mark.forked);
  item.classList.toggle('moved', mark.moved !== null);
  const isMixed = mark.places.length > 1 && kind !== 'theft';
  const notes = [
    ...(isMixed ? [`from ${mark.places.length} places in turn`] : mark.moved === null ? [] : [MOVED[mark.moved]]),
    ...(mark.forked ? [FORKED] : []),
  ];
  item.append(...notes.map((note) => make('p', [note], 'remark')));
  if (mark.places.length > 0) item.append(placeList(mark.places));
  return item;
};

/** What a day that is folded holds. @param {Day} day */
const summaryOf = ({ marks }) => {
  let uses = 0;
  /** @type {Set<string>} */
  const others = new Set();
  for (const { events } of marks) {
    for (const event of events) {
      if (event.type === 'TokenRotated') uses += 1;
      else if (event.type !== 'TokenRedelivered' || event.contested) others.add(eventWords(event)[1]);
    }
  }
  const moves = marks.some(({ moved, places }) => moved !== null || places.length > 1);
  return [...others, ...(uses > 0 ? [times(uses)] : []), ...(moves ? ['from more than one place'] : [])].join(', ');
};

/**
 * @param {Day} day
 * @param {boolean} isOpen
 * @param {number} now
 */
export const dayElement = (day, isOpen, now) => {
  const details = document.createElement('details');
  details.open = isOpen;
  const date = timeElement(day.at.slice(0, 10), dayWords(day.at, now));
  details.append(
    make('summary', [date, ' ', make('span', [summaryOf(day)], 'sum')]),
    make('ol', day.marks.map(markElement), 'marks'),
  );
  const item = make('li', [details]);
  item.dataset.day = day.day;
  return item;
};

/** Whether a day has something that nobody should have to look for. @param {Day} day */
export const isNotable = ({ marks }) =>
  marks.some(({ events }) => events.some((event) => ['theft', 'warn'].includes(eventWords(event)[0])));
