// @ts-check
/** One user: lanes, the state at a time, thefts, and what happened. */
import { bdi, byId, make } from '../elements.js';
import { codeOf } from '../error-words.js';
import { attempt } from '../message.js';
import { chart } from './chart.js';
import { deviceName } from './client-view.js';
import { eventList } from './event-list.js';
import { linkTo, userName } from './find.js';
import { drawLegend } from './legend.js';
import { setUpMoving } from './moving.js';
import { shownRange } from './range.js';
import { scrubber } from './scrubber.js';
import { stateView } from './state-view.js';
import { showThefts } from './theft-view.js';
import { readingOf } from './user-reading.js';
import { dateWords, spanWords } from './utc-words.js';

/** @typedef {import('./audit-api.js').Theft} Theft */

/** While pages come, the picture is drawn from time to time. */
const REDRAW_MS = 250;
/** So much is shown before and after what happened. */
const MARGIN = 0.03;
const THEFT_MARGIN = 0.15;
/** Browsers let a page change its address so often only. */
const LINK_MS = 500;
const MINUTE = 60_000;

/** @param {import('./audit-api.js').User} user */
const showFacts = (user) => {
  const isErased = user.status === 'erased';
  byId('user-title').replaceChildren(isErased ? make('em', ['Erased account']) : bdi(userName(user)));
  byId('user-facts').replaceChildren(
    ...(user.name === null || user.email === null ? [] : [bdi(user.name), ' · ']),
    `${user.status}, since ${dateWords(Date.parse(user.created_at))} · `,
    make('code', [user.user_id]),
  );
  byId('erased-note').hidden = !isErased;
};

export const userView = () => {
  let reading = readingOf('');
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let linking;
  const range = shownRange(() => {
    const { from, to } = range.shown();
    byId('range').textContent = `${spanWords(from, to)}.`;
    line.draw();
    picture.draw();
    list.draw();
  });
  const picture = chart(range, () => ({ lanes: reading.lanes, thefts: reading.thefts(), now: reading.now }));
  const list = eventList(() => ({ entries: reading.entries, ...range.shown() }), {
    show: ({ occurred_at: at, position }) => showState(Date.parse(at), position),
    nameOf: (entry) => deviceName(reading.lanes.laneOf(entry) ?? { name: null, agent: entry.user_agent }),
  });
  const state = stateView({
    read: (moment) => reading.stateAt(moment),
    shown: ({ devices }) => {
      picture.light(new Set(devices.map(({ device_id: id }) => id)));
      clearTimeout(linking);
      linking = setTimeout(() => history.replaceState(null, '', linkTo(reading.userId, line.at())), LINK_MS);
    },
  });
  const line = scrubber(range, (at) => state.ask(at));

  /** Moves the line there, and goes to what stood then. @param {number} at @param {string} position */
  const showState = (at, position) => {
    line.move(at);
    state.ask(at, position);
    byId('state-section').scrollIntoView({ block: 'center' });
    byId('state-title').focus({ preventScroll: true });
  };
  /** @param {Theft} theft */
  const showTheft = ({ detected_at: seen, exposed_from: from, exposed_to: to }) => {
    const at = Date.parse(seen);
    const begin = from === null ? at - 60 * MINUTE : Date.parse(from);
    const end = Math.max(at, to === null ? at : Date.parse(to));
    const margin = Math.max((end - begin) * THEFT_MARGIN, MINUTE);
    range.show({ from: begin - margin, to: end + margin });
    line.move(at);
    byId('lanes-section').scrollIntoView({ block: 'start' });
    byId('scrubber').focus({ preventScroll: true });
  };
  setUpMoving({ range, line, entries: () => reading.entries });

  /** Takes what is known now as the whole time. */
  const fit = () => {
    const { lanes, entries, now } = reading;
    const extent = lanes.extent();
    if (extent === null) return;
    const ends = lanes.sessions().map(({ end }) => end);
    const isOn = ends.includes(null);
    const last = ends.reduce((/** @type {number} */ latest, end) => Math.max(latest, end ?? now), extent.last);
    const margin = Math.max((last - extent.first) * MARGIN, MINUTE / 2);
    range.setWhole({ from: extent.first - margin, to: isOn ? last : last + margin });
    for (const id of ['events-count', 'read-count']) byId(id).textContent = entries.length.toLocaleString('en');
  };
  const readOn = async () => {
    const mine = reading;
    let drawnAt = 0;
    byId('reading').hidden = false;
    // What changes with each page is not read out.
    byId('range').setAttribute('aria-busy', 'true');
    byId('read-on').hidden = true;
    try {
      await mine.readOn(() => {
        if (performance.now() - drawnAt < REDRAW_MS) return;
        drawnAt = performance.now();
        mine.lanes.guessEnds();
        fit();
      });
      if (!mine.isLeft()) fit();
    } finally {
      if (mine === reading) {
        byId('reading').hidden = true;
        byId('range').removeAttribute('aria-busy');
        byId('read-on').hidden = !mine.hasMore();
      }
    }
  };
  const clear = () => {
    clearTimeout(linking);
    reading.leave();
    reading = readingOf('');
    picture.clear();
    list.clear();
    state.clear();
    for (const id of ['thefts', 'user-title', 'user-facts', 'range', 'events-count', 'read-count'])
      byId(id).replaceChildren();
    byId('erased-note').hidden = true;
  };
  /** Reports what fails, unless somebody else is shown by then. @param {() => Promise<unknown>} work */
  const attemptHere = (work) => {
    const mine = reading;
    return attempt(async () => {
      try {
        await work();
      } catch (error) {
        if (!mine.isLeft()) throw error;
      }
    });
  };
  /** @param {number | null} at */
  const open = async (at) => {
    const mine = reading;
    byId('user-title').replaceChildren(bdi(mine.userId));
    const user = await mine.readUser();
    if (mine.isLeft()) return;
    if (user !== null) showFacts(user);
    showThefts(mine.thefts(), showTheft);
    await readOn();
    if (mine.isLeft()) return;
    line.move(at ?? range.whole().to);
  };

  byId('read-on').addEventListener('click', () => void attemptHere(readOn));
  new ResizeObserver(() => {
    line.draw();
    picture.draw();
  }).observe(byId('chart'));
  drawLegend();
  return {
    clear,
    /**
     * Shows a user, at a time if one is named.
     *
     * @param {string} userId
     * @param {number | null} at
     * @param {() => void} missing there is no such user
     */
    show: (userId, at, missing) => {
      clear();
      reading = readingOf(userId);
      return attemptHere(async () => {
        try {
          await open(at);
        } catch (error) {
          if (codeOf(error) !== 'not_found') throw error;
          missing();
        }
      });
    },
  };
};
