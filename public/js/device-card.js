// @ts-check
import { one, timeElement } from './elements.js';
import { timeline } from './timeline.js';
import { agentWords, dateWords, durationWords, isPhone } from './words.js';

/**
 * @typedef {object} Device
 * @property {string} session_id
 * @property {string | null} device_name
 * @property {string | null} ip
 * @property {string | null} user_agent
 * @property {string} issued_at
 * @property {string} last_used_at
 * @property {string} expires_at
 * @property {number} generation
 * @property {boolean} current
 */
/**
 * @typedef {object} CardActions Each reports its own errors.
 * @property {(sid: string, before: number | null) => Promise<import('./timeline.js').History | null>} history
 * @property {(device: Device, button: HTMLElement) => Promise<void>} remove Signs it out, as that button was pressed for it.
 */
/** @typedef {ReturnType<typeof deviceCard>} DeviceCard */

/** @param {Device} device */
export const nameOf = ({ device_name: name }) => name ?? 'Unnamed device';

/**
 * A card that shows a device, and goes on showing it when something has changed.
 *
 * @param {HTMLTemplateElement} template
 * @param {Device} device
 * @param {CardActions} actions
 */
export const deviceCard = (template, device, { history, remove }) => {
  const root = one(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), '.card', HTMLLIElement);
  const sid = device.session_id;
  const events = timeline(one(root, 'details', HTMLDetailsElement), (before) => history(sid, before));
  const left = one(root, '[data-field="left"]', HTMLElement);
  const share = one(root, 'progress', HTMLProgressElement);
  root.dataset.session = sid;
  const button = one(root, '.remove', HTMLButtonElement);
  button.addEventListener('click', () => void remove(device, button));

  /** @param {Device} now */
  const show = (now) => {
    device = now;
    const name = nameOf(device);
    root.classList.toggle('current', device.current);
    one(root, 'h3', HTMLElement).textContent = name;
    one(root, '.badge', HTMLElement).hidden = !device.current;
    one(root, '.agent', HTMLElement).textContent = agentWords(device.user_agent);
    one(root, '.raw', HTMLElement).textContent = device.user_agent ?? '';
    one(root, 'use', SVGUseElement).setAttribute('href', isPhone(device.user_agent) ? '#icon-phone' : '#icon-computer');
    one(root, '[data-field="ip"]', HTMLElement).textContent = device.ip ?? 'unknown';
    one(root, '[data-field="generation"]', HTMLElement).textContent = String(device.generation);
    for (const [field, instant] of Object.entries({ issued: device.issued_at, used: device.last_used_at })) {
      one(root, `[data-field="${field}"]`, HTMLElement).replaceChildren(timeElement(instant, dateWords(instant)));
    }
    share.max = Math.max(1, Date.parse(device.expires_at) - Date.parse(device.last_used_at));
    button.setAttribute('aria-label', `Sign out ${name}`);
    button.hidden = device.current;
    void events.refresh();
  };
  show(device);

  return {
    root,
    show,
    /** Brings the countdown up to date; tells whether it has come to its end. @param {number} now by the server's clock */
    tick: (now) => {
      const milliseconds = Date.parse(device.expires_at) - now;
      left.textContent = durationWords(milliseconds);
      share.value = Math.max(0, milliseconds);
      root.classList.toggle('ended', milliseconds <= 0);
      return milliseconds <= 0;
    },
  };
};
