// @ts-check
/** The lanes: one for the account, one for each device, below one axis of time. */
import { byId, make, one } from '../elements.js';
import { deviceName } from './client-view.js';
import { drawLane } from './draw-lane.js';
import { placeOf } from './fold.js';
import { svg } from './svg.js';
import { ticksOf } from './ticks.js';
import { tickWords } from './utc-words.js';

/** @typedef {import('./lanes.js').Lane} Lane */

/** Room for what a tick says. */
const TICK_PX = 84;
const LANES = 40;
/** More lanes than that are drawn lower. */
const MAX_TALL = 12;

/** @param {number} count @param {string} one @param {string} many */
const counted = (count, one, many) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** What a lane says of its device. @param {Lane} lane */
const factsOf = ({ sessions, marks }) => {
  const uses = sessions.reduce((sum, session) => sum + session.uses.length, 0);
  const isOn = sessions.some(({ end }) => end === null);
  const hasReuse = marks.some(({ kind }) => kind === 'theft');
  return [
    ...(sessions.length > 1 ? [`${sessions.length} sign-ins`] : []),
    counted(uses, 'renewal', 'renewals'),
    isOn ? 'goes on' : hasReuse ? 'old key shown' : marks.at(-1)?.kind === 'expired' ? 'expired' : 'ended',
  ].join(' · ');
};

const accountLane = () => {
  const label = make('div', [make('p', ['Account'], 'name'), make('p', [''], 'facts')], 'label');
  return make('li', [label, svg('svg', { class: 'track', 'aria-hidden': 'true' })], 'lane account');
};

/** @param {Lane} lane */
const laneElement = (lane) => {
  const label = make('div', [make('p', [deviceName(lane)], 'name'), make('p', [''], 'facts')], 'label');
  const item = make('li', [label, svg('svg', { class: 'track', 'aria-hidden': 'true' })], 'lane');
  item.dataset.device = lane.id;
  return item;
};

/**
 * @param {import('./range.js').Range} range
 * @param {() => { lanes: import('./lanes.js').Lanes, thefts: readonly import('./audit-api.js').Theft[], now: number }} content
 */
export const chart = (range, content) => {
  const list = byId('lanes');
  const axis = one(document, '#ticks', SVGSVGElement);
  const more = byId('more-lanes');
  let limit = LANES;
  /** By device. @type {Map<string, HTMLElement>} */
  let items = new Map();
  let account = accountLane();

  const drawAxis = () => {
    const width = axis.clientWidth;
    const { from, to } = range.shown();
    const { ticks, step } = ticksOf(from, to, (TICK_PX * (to - from)) / Math.max(width, TICK_PX));
    axis.replaceChildren(
      ...ticks.map((at) => {
        const x = placeOf({ from, to, width }, at);
        const anchor = x < 24 ? 'start' : x > width - 24 ? 'end' : 'middle';
        const isDay = at % 86_400_000 === 0 && step < 86_400_000;
        return svg('text', { x, y: 16, 'text-anchor': anchor, class: isDay ? 'day' : 'tick' }, [tickWords(at, step)]);
      }),
    );
    return { scale: { from, to, width }, ticks };
  };
  /** @param {HTMLElement} item */
  const trackOf = (item) => one(item, '.track', SVGSVGElement);

  const draw = () => {
    const { lanes, thefts, now } = content();
    const scene = { ...drawAxis(), signOuts: lanes.signOuts, thefts, now };
    if (scene.scale.width === 0) return;
    const all = lanes.lanes();
    list.classList.toggle('low', all.length > MAX_TALL);
    for (const lane of all.slice(0, limit)) {
      const item = items.get(lane.id) ?? laneElement(lane);
      if (!items.has(lane.id)) list.append(item);
      items.set(lane.id, item);
      one(item, '.name', HTMLElement).replaceChildren(deviceName(lane));
      one(item, '.facts', HTMLElement).textContent = factsOf(lane);
      drawLane(trackOf(item), lane, scene);
    }
    drawLane(trackOf(account), { sessions: [], marks: lanes.account }, scene);
    byId('no-devices').hidden = all.length > 0;
    more.hidden = all.length <= limit;
    more.textContent = `Show ${counted(all.length - limit, 'more device', 'more devices')}`;
  };
  more.addEventListener('click', () => {
    limit += LANES;
    draw();
    if (more.hidden) byId('scrubber').focus({ preventScroll: true });
  });
  let asked = 0;
  return {
    /** At the next frame, however often it is asked for until then. */
    draw: () => {
      if (asked === 0)
        asked = requestAnimationFrame(() => {
          asked = 0;
          draw();
        });
    },
    /** Marks the lanes of devices that were signed in. @param {ReadonlySet<string>} devices */
    light: (devices) => {
      for (const [id, item] of items) item.classList.toggle('on', devices.has(id));
    },
    /** Makes it empty, for another user. */
    clear: () => {
      limit = LANES;
      items = new Map();
      account = accountLane();
      list.replaceChildren(account);
    },
  };
};
