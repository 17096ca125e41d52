// @ts-check
/** Where an account is signed in, and what ended lately. */
import { agentWords, isPhone, nameOf } from '../agent-words.js';
import { serverNow } from '../api.js';
import { address, bdi, byId, copyOf, make, one, timeElement } from '../elements.js';
import { endWords } from '../event-words.js';
import { activeWords, agoWords, exactWords } from '../time-words.js';

/** @typedef {import('../auth.d.ts').Device} Device */
/** @typedef {import('../auth.d.ts').EndedDevice} Ended */

/** @param {Ended} ended */
const endedItem = ({ ended_at: at, reason, ...device }) =>
  make('li', [
    make('h4', [bdi(nameOf(device))]),
    make('p', [endWords(reason), ' · ', timeElement(at, agoWords(at, serverNow()), exactWords(at))], 'hint'),
  ]);

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * @param {(session: Device, button: HTMLElement) => Promise<unknown>} end Ends it, as that button was pressed for it. It reports its own
 *   errors.
 */
export const sessionList = (end) => {
  const root = byId('sessions');

  /** @param {Device} session */
  const itemOf = (session) => {
    const { session_id: sid, user_agent: agent, last_used_at: used } = session;
    const item = one(copyOf('session-template'), 'li', HTMLElement);
    /** @param {string} selector */
    const part = (selector) => one(item, selector, HTMLElement);
    const name = nameOf(session);
    item.dataset.session = sid;
    one(item, '.icon use', SVGUseElement).setAttribute('href', isPhone(agent) ? '#icon-phone' : '#icon-computer');
    part('.name').textContent = name;
    part('.badge').hidden = !session.current;
    part('.agent').textContent = name === agentWords(agent) ? '' : agentWords(agent);
    part('.contested').hidden = !session.contested;
    part('.used').append(timeElement(used, capital(activeWords(session, serverNow())), exactWords(used)));
    part('.ip').replaceChildren(session.ip === null ? 'Address unknown' : address(session.ip));
    const button = part('.end');
    button.setAttribute('aria-label', `End the session on ${name}`);
    button.hidden = session.current;
    button.addEventListener('click', () => void end(session, button));
    return item;
  };

  /** The button of the session after that one, or before it. @param {string} sid */
  const beside = (sid) => {
    const buttons = [...root.querySelectorAll('.end')].filter((it) => it instanceof HTMLElement && !it.hidden);
    const index = buttons.findIndex((it) => it.closest('li')?.dataset.session === sid);
    return buttons[index + 1] ?? buttons[index - 1];
  };

  return {
    /** @param {{ devices: readonly Device[], ended: readonly Ended[], isWhole: boolean }} sessions */
    show: ({ devices, ended, isWhole }) => {
      const focused = document.activeElement;
      const sid = root.contains(focused) ? focused?.closest('li')?.dataset.session : undefined;
      root.replaceChildren(...devices.map(itemOf));
      root.hidden = devices.length === 0;
      byId('no-sessions').hidden = devices.length > 0;
      byId('count').textContent = devices.length === 0 ? '' : `${devices.length}${isWhole ? '' : '+'}`;
      byId('ended').replaceChildren(...ended.map(endedItem));
      byId('ended-sessions').hidden = ended.length === 0;
      byId('ended-count').textContent = String(ended.length);
      if (sid === undefined) return;
      const again = root.querySelector(`[data-session="${sid}"] .end`);
      (again instanceof HTMLElement ? again : byId('sessions-title')).focus({ preventScroll: true });
    },
    /** Before a session goes, so that the page does not lose its place. @param {string} sid */
    focusBeside: (sid) => {
      const next = beside(sid);
      (next instanceof HTMLElement ? next : byId('sessions-title')).focus({ preventScroll: true });
    },
    clear: () => {
      for (const id of ['sessions', 'ended', 'count', 'ended-count']) byId(id).replaceChildren();
      for (const id of ['sessions', 'no-sessions', 'ended-sessions', 'more-sessions']) byId(id).hidden = true;
      one(document, '#ended-sessions', HTMLDetailsElement).open = false;
    },
  };
};
