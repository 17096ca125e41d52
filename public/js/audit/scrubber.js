// @ts-check
/** The line that is dragged over the lanes: a slider whose value is an instant, in milliseconds. */
import { byId } from '../elements.js';
import { placeOf } from './fold.js';
import { stepOf } from './ticks.js';
import { fullWords, shortWords, tinyWords } from './utc-words.js';

/** So many steps of the keyboard is what is shown. */
const STEPS = 100;
/** So far the flag stands from the line. */
const FLAG_GAP_PX = 12;
/** So far a finger moves before it drags: until then it may be about to scroll. */
const SLACK_PX = 6;

/**
 * @param {import('./range.js').Range} range
 * @param {(at: number) => void} moved
 */
export const scrubber = (range, moved) => {
  const handle = byId('scrubber');
  const line = byId('line');
  const flag = byId('flag');
  const track = /** @type {HTMLElement} */ (handle.parentElement);
  const chart = byId('chart');
  let at = 0;

  /**
   * The flag stands on the other side of the line where there is no room for it. A phone has room on neither side for all of the
   * words; the state below the lanes has them.
   *
   * @param {number} x
   * @param {number} width
   */
  const raiseFlag = (x, width) => {
    flag.textContent = shortWords(at);
    if (2 * (flag.offsetWidth + FLAG_GAP_PX) > width) flag.textContent = tinyWords(at);
    flag.classList.toggle('before', x > width - flag.offsetWidth - FLAG_GAP_PX);
  };
  const draw = () => {
    const { from, to } = range.shown();
    const width = track.clientWidth;
    const x = placeOf({ from, to, width }, at);
    const isSeen = x >= -0.5 && x <= width + 0.5;
    for (const element of [handle, line]) {
      element.classList.toggle('outside', !isSeen);
      element.style.left = `${Math.min(Math.max(x, 0), width)}px`;
    }
    raiseFlag(x, width);
    const whole = range.whole();
    // In whole seconds: that is what is said and read.
    for (const [name, value] of Object.entries({ min: whole.from, max: whole.to, now: at }))
      handle.setAttribute(`aria-value${name}`, String(Math.round(value / 1_000)));
    handle.setAttribute('aria-valuetext', fullWords(at));
  };
  /** @param {number} instant */
  const move = (instant) => {
    const { from, to } = range.whole();
    at = Math.round(Math.min(Math.max(instant, from), to));
    range.include(at);
    draw();
    moved(at);
  };
  /** From one multiple of a step to another one. @param {number} count */
  const step = (count) => {
    const { from, to } = range.shown();
    const size = stepOf((to - from) / STEPS);
    move((count > 0 ? Math.floor(at / size) : Math.ceil(at / size)) * size + count * size);
  };
  /** @type {Readonly<Record<string, () => void>>} */
  const keys = {
    ArrowRight: () => step(1),
    ArrowUp: () => step(1),
    ArrowLeft: () => step(-1),
    ArrowDown: () => step(-1),
    PageUp: () => step(10),
    PageDown: () => step(-10),
    Home: () => move(range.whole().from),
    End: () => move(range.whole().to),
    '+': () => range.zoom(0.5, at),
    '-': () => range.zoom(2, at),
  };
  handle.addEventListener('keydown', (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  });

  /** @param {PointerEvent} event */
  const follow = (event) => {
    const { left, width } = track.getBoundingClientRect();
    const { from, to } = range.shown();
    move(from + (Math.min(Math.max(event.clientX - left, 0), width) / width) * (to - from));
  };
  const begin = () => {
    chart.classList.add('dragged');
    handle.focus({ preventScroll: true });
  };
  /** Where a finger was put down that may still scroll the page. @type {number | null} */
  let touchedAt = null;
  chart.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !(event.target instanceof Element) || !event.target.closest('.track')) return;
    chart.setPointerCapture(event.pointerId);
    touchedAt = event.pointerType === 'touch' && !handle.contains(event.target) ? event.clientX : null;
    event.preventDefault();
    if (touchedAt !== null) return;
    begin();
    follow(event);
  });
  chart.addEventListener('pointermove', (event) => {
    if (!chart.hasPointerCapture(event.pointerId)) return;
    if (touchedAt !== null && Math.abs(event.clientX - touchedAt) < SLACK_PX) return;
    if (touchedAt !== null) begin();
    touchedAt = null;
    follow(event);
  });
  chart.addEventListener('pointerup', (event) => {
    // A tap.
    if (touchedAt !== null) follow(event);
    touchedAt = null;
    chart.classList.remove('dragged');
  });
  chart.addEventListener('pointercancel', () => {
    // The browser scrolls.
    touchedAt = null;
    chart.classList.remove('dragged');
  });
  return { draw, move, at: () => at };
};
