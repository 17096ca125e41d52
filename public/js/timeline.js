// @ts-check
import { one, timeElement, withText } from './elements.js';
import { agentWords, dateWords, eventWords } from './words.js';

/**
 * @typedef {object} Event
 * @property {string} type
 * @property {string} occurred_at
 * @property {number} generation
 * @property {string | null} ip
 * @property {string | null} user_agent
 */
/** @typedef {{ events: Event[], next: number | null }} History A page of it, newest first. */

/** As many refreshes in a row, from one place, are drawn as one. */
const RUN = 4;
const ENDS = ['TokenRevoked', 'TokenExpired'];

/** @param {Event} a @param {Event | undefined} b */
const isSame = (a, b) => a.type === b?.type && a.occurred_at === b.occurred_at && a.generation === b.generation;
/** @param {Event} event @param {Event | undefined} newer */
const continues = (event, newer) =>
  event.type === 'TokenRotated' &&
  newer?.type === 'TokenRotated' &&
  event.ip === newer.ip &&
  event.user_agent === newer.user_agent;

/**
 * What is drawn as one mark each: an event, a run of refreshes, or (no event at all) the end of a session that ended with all others of
 * the user, of which the device's own history knows nothing but that another one began.
 *
 * @param {readonly Event[]} events newest first
 */
export const marksOf = (events) => {
  /** @type {Event[][]} */
  const runs = [];
  for (const [index, event] of events.entries()) {
    const run = runs.at(-1);
    if (events[index - 1]?.type === 'TokenIssued' && !ENDS.includes(event.type)) runs.push([], [event]);
    else if (run && continues(event, run[0])) run.push(event);
    else runs.push([event]);
  }
  return runs.flatMap((run) => (run.length === 0 || run.length >= RUN ? [run] : run.map((event) => [event])));
};

/** @param {string} kind @param {string} words @param {string} [generations] */
const mark = (kind, words, generations) => {
  const item = document.createElement('li');
  item.className = kind;
  const what = document.createElement('div');
  what.className = 'what';
  what.append(withText('strong', words));
  if (generations) what.append(' ', withText('span', generations));
  item.append(what);
  return item;
};

/** Where it came from, as far as that is known. @param {Event} event */
const placeOf = ({ ip, user_agent: agent }) => {
  const parts = [ip, agent && agentWords(agent)].filter((part) => part !== null);
  return parts.length > 0 ? [withText('span', parts.join(' · '))] : [];
};

/** @param {Event} event */
const eventMark = (event) => {
  const { type, occurred_at: at, generation } = event;
  const [kind, words] = eventWords(type);
  const item = mark(kind, words, `generation ${generation}`);
  item.dataset.type = type;
  item.append(timeElement(at, dateWords(at, true)), ...placeOf(event));
  return item;
};

/** @param {readonly Event[]} run @param {Event} newest @param {Event} oldest @param {boolean} open */
const runMark = (run, newest, oldest, open) => {
  const item = mark('use run', `Refreshed ${run.length} times`, `generations ${oldest.generation}–${newest.generation}`);
  const span = document.createElement('span');
  const times = [oldest, newest].map(({ occurred_at: at }) => timeElement(at, dateWords(at)));
  span.append(...times.flatMap((time, index) => (index === 0 ? [time, ' – '] : [time])));
  const each = document.createElement('details');
  each.open = open;
  const list = document.createElement('ol');
  list.append(
    ...run.map(({ occurred_at: at, generation }) => {
      const entry = withText('li', `${generation} · `);
      entry.append(timeElement(at, dateWords(at, true)));
      return entry;
    }),
  );
  each.append(withText('summary', 'Each of them'), list);
  item.append(span, ...placeOf(newest), each);
  return item;
};

const endWithAll = () => {
  const item = mark('end', 'Signed out with all devices');
  item.append(withText('span', 'at some time in between'));
  return item;
};

/**
 * The life of a device, drawn into a `<details>` when that is opened. `history` fetches the page before a revision; it reports its
 * own errors, and resolves to null then.
 *
 * @param {HTMLDetailsElement} root
 * @param {(before: number | null) => Promise<History | null>} history
 */
export const timeline = (root, history) => {
  const list = one(root, '.timeline', HTMLOListElement);
  const more = one(root, '.more', HTMLButtonElement);
  /** @type {Event[]} */
  let events = [];
  /** @type {number | null} */
  let next = null;
  let loading = false;
  /** @type {Event[][]} */
  let drawn = [];

  const draw = () => {
    const wasOpen = [...list.children].map((item) => item.querySelector('details')?.open === true);
    const opened = new Set(drawn.filter((_, index) => wasOpen[index]).flat());
    drawn = marksOf(events);
    list.replaceChildren(
      ...drawn.map((run) => {
        const [newest] = run;
        const oldest = run.at(-1);
        if (!newest || !oldest) return endWithAll();
        return run.length === 1
          ? eventMark(newest)
          : runMark(
              run,
              newest,
              oldest,
              run.some((event) => opened.has(event)),
            );
      }),
    );
    one(root, '.empty', HTMLElement).hidden = events.length > 0;
    more.hidden = next === null;
  };

  /** @param {number | null} before null: what is new */
  const load = async (before) => {
    if (loading) return;
    loading = true;
    try {
      const page = await history(before);
      if (!page) return;
      // What is known stays, also the pages before: new events come on top of it.
      const known = before === null ? page.events.findIndex((event) => isSame(event, events[0])) : -1;
      if (known === 0) return;
      if (known > 0) events = [...page.events.slice(0, known), ...events];
      else {
        events = before === null ? page.events : [...events, ...page.events];
        next = page.next;
      }
      draw();
    } finally {
      loading = false;
    }
  };

  more.addEventListener('click', () => {
    void load(next).then(() => {
      // What is gone cannot keep the focus.
      if (more.hidden) one(root, 'summary', HTMLElement).focus();
    });
  });
  root.addEventListener('toggle', () => {
    if (root.open) void load(null);
  });
  return {
    /** Brings it up to date, if it is to be seen. */
    refresh: () => (root.open ? load(null) : Promise.resolve()),
  };
};
