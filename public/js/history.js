// @ts-check
/** What happened on a device: fetched page by page when it is looked at, folded by day. */
import { copyOf, one } from './elements.js';
import { daysOf } from './timeline-marks.js';
import { dayElement, isNotable } from './timeline-view.js';

/** @typedef {import('./timeline-marks.js').Event} Event */
/** @typedef {{ events: Event[], next: number | null }} Page Of a history, newest first. */
/**
 * Fetches the page before a revision, the newest for null. It reports its own errors, and resolves to null then.
 *
 * @callback ReadHistory
 * @param {string} sid
 * @param {number | null} before
 * @returns {Promise<Page | null>}
 */

/** @param {Event} a @param {Event | undefined} b */
const isSame = (a, b) => a.type === b?.type && a.occurred_at === b.occurred_at && a.generation === b.generation;

/**
 * @param {HTMLElement} root Takes the history in; may be empty, or hold the template already.
 * @param {(before: number | null) => Promise<Page | null>} read
 * @param {() => number} now
 */
export const historyOf = (root, read, now) => {
  if (!root.firstElementChild) root.append(copyOf('history-template'));
  const list = one(root, '.timeline', HTMLOListElement);
  const more = one(root, '.more', HTMLButtonElement);
  const waiting = one(root, '.waiting', HTMLElement);
  /** @type {Event[]} */
  let events = [];
  /** @type {number | null} */
  let next = null;
  let loading = false;

  const draw = () => {
    /** @type {Map<string | undefined, boolean>} */
    const known = new Map();
    for (const item of list.querySelectorAll(':scope > li'))
      known.set(/** @type {HTMLElement} */ (item).dataset.day, one(item, 'details', HTMLDetailsElement).open);
    const focused = document.activeElement?.closest('[data-day]');
    const day = focused instanceof HTMLElement && list.contains(focused) ? focused.dataset.day : undefined;
    const days = daysOf(events);
    list.replaceChildren(
      ...days.map((it, index) => dayElement(it, known.get(it.day) ?? (index === 0 || isNotable(it)), now())),
    );
    const again = day === undefined ? null : list.querySelector(`[data-day="${day}"] summary`);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
    one(root, '.empty', HTMLElement).hidden = events.length > 0;
    more.hidden = next === null;
  };

  /** @param {number | null} before null: what is new */
  const load = async (before) => {
    if (loading) return;
    loading = true;
    waiting.hidden = events.length > 0;
    try {
      const page = await read(before);
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
      waiting.hidden = true;
    }
  };

  more.addEventListener('click', () => {
    void load(next).then(() => {
      // What is gone cannot keep the focus.
      if (more.hidden) one(root, '.heading', HTMLElement).focus({ preventScroll: true });
    });
  });
  return {
    /** Brings it up to date. */
    refresh: () => load(null),
  };
};
