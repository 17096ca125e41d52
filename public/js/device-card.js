// @ts-check
import { dateWords, durationWords, eventWords } from './words.js';

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
/** @typedef {{ events: { type: string, occurred_at: string, generation: number, ip: string | null }[], next: number | null }} History */

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement} */
const one = (root, selector) => {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`no ${selector}`);
  return found;
};

/**
 * A card that shows a device. `history` fetches a page of its events, `remove` signs it out; both report their own errors.
 *
 * @param {HTMLTemplateElement} template
 * @param {Device} device
 * @param {{ history: (before: number | null) => Promise<History>, remove: () => Promise<void> }} actions
 */
export const deviceCard = (template, device, { history, remove }) => {
  const card = one(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), '.card');
  const name = device.device_name ?? 'Unnamed device';
  card.classList.toggle('current', device.current);
  card.dataset.session = device.session_id;
  one(card, 'h3').textContent = device.current ? `${name} (this device)` : name;
  one(card, '.agent').textContent = device.user_agent ?? 'Unknown browser';
  const fields = {
    ip: device.ip ?? 'unknown',
    issued: dateWords(device.issued_at),
    used: dateWords(device.last_used_at),
    generation: `${device.generation} ×`,
  };
  for (const [field, text] of Object.entries(fields)) one(card, `[data-field="${field}"]`).textContent = text;
  one(card, '[data-field="left"]').dataset.until = device.expires_at;

  const button = /** @type {HTMLButtonElement} */ (one(card, '.remove'));
  button.setAttribute('aria-label', `Sign out ${name}`);
  button.hidden = device.current;
  button.addEventListener('click', () => void remove());

  const list = one(card, '.timeline');
  const more = /** @type {HTMLButtonElement} */ (one(card, '.more'));
  /** @type {number | null} */
  let next = null;
  const show = async () => {
    const page = await history(next);
    list.append(...page.events.map(entry));
    next = page.next;
    more.hidden = next === null;
  };
  more.addEventListener('click', () => void show());
  one(card, 'details').addEventListener('toggle', () => {
    if (list.childElementCount === 0) void show();
  });
  return card;
};

/** @param {History['events'][number]} event */
const entry = ({ type, occurred_at, generation, ip }) => {
  const [kind, words] = eventWords(type);
  const item = document.createElement('li');
  item.className = kind;
  item.dataset.type = type;
  const title = document.createElement('strong');
  title.textContent = words;
  const time = document.createElement('time');
  time.dateTime = occurred_at;
  time.textContent = dateWords(occurred_at);
  const detail = document.createElement('span');
  detail.textContent = `Token ${generation}${ip === null ? '' : `, from ${ip}`}`;
  item.append(title, time, detail);
  return item;
};

/** Brings all countdowns in an element up to date. @param {ParentNode} root */
export const tick = (root) => {
  for (const field of root.querySelectorAll('[data-until]')) {
    if (field instanceof HTMLElement) field.textContent = durationWords(Date.parse(field.dataset.until ?? '') - Date.now());
  }
};
