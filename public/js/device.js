// @ts-check
import { agentWords, isPhone, nameOf } from './agent-words.js';
import { address, copyOf, one, timeElement } from './elements.js';
import { historyOf } from './history.js';
import { renaming } from './rename.js';
import { activeWords, agoWords, durationWords, exactWords } from './time-words.js';

/** @typedef {import('./auth.d.ts').Device} Device */
/**
 * @typedef {object} DeviceActions Each reports its own errors.
 * @property {import('./history.js').ReadHistory} history
 * @property {(device: Device, button: HTMLElement) => Promise<unknown>} remove Signs it out, as that button was pressed for it.
 * @property {(device: Device, name: string) => Promise<unknown>} rename Rejects when it could not be done.
 * @property {() => number} now The server's time.
 */
/** @typedef {ReturnType<typeof deviceView>} DeviceView */

const CONTESTED = 'This session may be in use in two places. If one is not yours, sign it out and change your password.';

/** Leaves what is there already, which may be selected. @param {HTMLElement} place @param {HTMLElement} content */
const replaceIfOther = (place, content) => {
  if (place.innerHTML !== content.outerHTML) place.replaceChildren(content);
};
/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Shows a device, as a card or as rows of a table, and goes on showing it when something has changed.
 *
 * @param {'card' | 'row'} shape
 * @param {Device} device
 * @param {DeviceActions} actions
 */
export const deviceView = (shape, device, { history, remove, rename, now }) => {
  const root = one(copyOf(`${shape}-template`), '.device', HTMLElement);
  const sid = device.session_id;
  root.dataset.session = sid;
  /** @param {string} selector */
  const part = (selector) => one(root, selector, HTMLElement);
  const detail = part('.detail');
  const into = root.querySelector('.into') ?? detail;
  into.append(copyOf('detail-template'));
  const events = historyOf(part('.history'), (before) => history(sid, before), now);

  const toggle = part('.toggle');
  detail.id = `detail-${sid}`;
  toggle.setAttribute('aria-controls', detail.id);
  toggle.addEventListener('click', () => {
    detail.hidden = !detail.hidden;
    toggle.setAttribute('aria-expanded', String(!detail.hidden));
    if (!detail.hidden) void events.refresh();
  });
  const button = part('.remove');
  button.addEventListener('click', () => void remove(device, button));
  renaming(part('.naming'), { nameNow: () => device.device_name ?? '', rename: (name) => rename(device, name) });

  const showTimes = () => {
    const words = activeWords(device, now());
    const time = timeElement(device.last_used_at, capital(words), exactWords(device.last_used_at));
    replaceIfOther(part('.used'), time);
    const issued = timeElement(device.issued_at, agoWords(device.issued_at, now()), exactWords(device.issued_at));
    replaceIfOther(part('[data-field=issued]'), issued);
    const milliseconds = Date.parse(device.expires_at) - now();
    part('[data-field=left]').textContent = durationWords(milliseconds);
    part('[data-field=left]').title = exactWords(device.expires_at);
    root.classList.toggle('ended', milliseconds <= 0);
    return milliseconds <= 0;
  };
  /** @param {Device} next */
  const show = (next) => {
    device = next;
    const name = nameOf(device);
    const agent = agentWords(device.user_agent);
    root.classList.toggle('current', device.current);
    part('.name').textContent = name;
    part('.badge').hidden = !device.current;
    part('.agent').textContent = name === agent ? '' : agent;
    part('.contested').textContent = device.contested ? CONTESTED : '';
    part('.contested').hidden = !device.contested;
    one(root, '.icon use', SVGUseElement).setAttribute(
      'href',
      isPhone(device.user_agent) ? '#icon-phone' : '#icon-computer',
    );
    for (const place of ['.ip', '[data-field=address]'])
      part(place).replaceChildren(device.ip === null ? 'Address unknown' : address(device.ip));
    part('[data-field=raw]').textContent = device.user_agent ?? 'unknown';
    toggle.setAttribute('aria-label', `Details of ${name}`);
    button.setAttribute('aria-label', `Sign out ${name}`);
    part('.start-rename').setAttribute('aria-label', `Rename ${name}`);
    button.hidden = device.current;
    showTimes();
    if (!detail.hidden) void events.refresh();
  };
  show(device);

  return {
    root,
    show,
    /** Goes to what signs it out, or to its details if that cannot be done here. */
    focus: () => (button.hidden ? toggle : button).focus({ preventScroll: true }),
    /** Brings the times up to date; returns whether its time has run out. */
    tick: showTimes,
  };
};
