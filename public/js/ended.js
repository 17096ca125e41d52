// @ts-check
/** Sessions that ended lately, each with the reason, and a notice of those that were used in two places. */
import { nameOf } from './agent-words.js';
import { bdi, byId, copyOf, make, one, timeElement } from './elements.js';
import { endWords } from './event-words.js';
import { historyOf } from './history.js';
import { agoWords, exactWords } from './time-words.js';

/** @typedef {import('./auth.d.ts').EndedDevice} Ended */

const FEW = 5;
const MAX_NOTICES = 3;
const NOTICE_MS = 14 * 86_400_000;
const DISMISSED = 'tokenledger-page.dismissed';

/** @returns {string[]} the sessions whose notice was closed in this browser */
const dismissed = () => {
  try {
    const them = JSON.parse(localStorage.getItem(DISMISSED) ?? '[]');
    return Array.isArray(them) ? them : [];
  } catch {
    return [];
  }
};
/** @param {string} sid */
const dismiss = (sid) => {
  try {
    localStorage.setItem(DISMISSED, JSON.stringify([sid, ...dismissed()].slice(0, 20)));
  } catch {
    // Then it comes back with the next visit.
  }
};

/** @param {string} text @param {string} [className] @param {string} [label] */
const button = (text, className = 'quiet', label = '') => {
  const made = make('button', [text], className);
  made.setAttribute('type', 'button');
  if (label) made.setAttribute('aria-label', label);
  return made;
};

/**
 * @param {object} actions
 * @param {import('./history.js').ReadHistory} actions.history
 * @param {() => void} actions.changePassword
 * @param {() => number} actions.now
 */
export const endedList = ({ history, changePassword, now }) => {
  const root = byId('ended');
  /** By session. @type {Map<string, { item: HTMLElement, open: () => void }>} */
  const items = new Map();
  let all = false;

  /** Brings all times up to date. */
  const tick = () => {
    for (const id of ['ended', 'alerts'])
      for (const time of byId(id).querySelectorAll('.ago')) {
        const words = agoWords(/** @type {HTMLTimeElement} */ (time).dateTime, now());
        if (time.textContent !== words) time.textContent = words;
      }
  };
  /** @param {string} at */
  const agoElement = (at) => {
    const time = timeElement(at, agoWords(at, now()), exactWords(at));
    time.className = 'ago';
    return time;
  };

  /** @param {Ended} ended */
  const itemOf = ({ session_id: sid, ended_at: at, reason, ...device }) => {
    const toggle = button('Details', 'quiet toggle', `Details of ${nameOf(device)}, ended`);
    const panel = make('div', [copyOf('history-template')], 'history');
    panel.hidden = true;
    panel.id = `ended-${sid}`;
    toggle.setAttribute('aria-controls', panel.id);
    const events = historyOf(panel, (before) => history(sid, before), now);
    /** @param {boolean} isOpen */
    const show = (isOpen) => {
      panel.hidden = !isOpen;
      toggle.setAttribute('aria-expanded', String(isOpen));
      if (isOpen) void events.refresh();
    };
    show(false);
    toggle.addEventListener('click', () => show(panel.hidden !== false));
    const words = make('p', [endWords(reason), ' · ', agoElement(at)], reason === 'reuse' ? 'why theft' : 'why');
    const item = make('li', [make('div', [make('h3', [bdi(nameOf(device))]), words]), toggle, panel]);
    item.dataset.session = sid;
    const open = () => {
      show(true);
      item.scrollIntoView({ block: 'nearest' });
      one(panel, '.heading', HTMLElement).focus();
    };
    return { item, open };
  };

  const fold = () => {
    [...root.children].forEach((item, index) => {
      /** @type {HTMLElement} */ (item).hidden = !all && index >= FEW;
    });
    byId('all-ended').hidden = all || root.children.length <= FEW;
    byId('all-ended').textContent = `Show all ${root.children.length}`;
  };
  byId('all-ended').addEventListener('click', () => {
    const next = root.children.item(FEW);
    all = true;
    fold();
    next?.querySelector('button')?.focus();
  });

  /** @param {Ended} ended */
  const noticeOf = ({ session_id: sid, ended_at: at, ...device }) => {
    const see = button('See where');
    const change = button('Change password');
    const close = button('Close', 'quiet', 'Close this notice');
    const title = make('h2', [bdi(nameOf(device)), ' was used in two places']);
    const words = make('p', [
      'That session was ended ',
      agoElement(at),
      ', to keep your account safe. If you do not know one of the places, change your password.',
    ]);
    const notice = make('section', [title, words, make('div', [see, change, close], 'actions')], 'panel alert');
    notice.setAttribute('aria-label', 'Used in two places');
    see.addEventListener('click', () => {
      all = true;
      fold();
      items.get(sid)?.open();
    });
    change.addEventListener('click', changePassword);
    close.addEventListener('click', () => {
      dismiss(sid);
      notice.remove();
      byId('devices-title').focus({ preventScroll: true });
    });
    return notice;
  };

  return {
    /** @param {readonly Ended[]} sessions the last ended first */
    show: (sessions) => {
      const sids = sessions.map(({ session_id: sid }) => sid);
      for (const [sid, { item }] of items) {
        if (sids.includes(sid)) continue;
        item.remove();
        items.delete(sid);
      }
      for (const [index, session] of sessions.entries()) {
        const known = items.get(session.session_id) ?? itemOf(session);
        items.set(session.session_id, known);
        const there = root.children.item(index);
        if (there !== known.item) root.insertBefore(known.item, there);
      }
      byId('ended-section').hidden = sessions.length === 0;
      fold();
      const closed = dismissed();
      const noticed = sessions.filter(
        ({ session_id: sid, reason, ended_at: at }) =>
          reason === 'reuse' && !closed.includes(sid) && now() - Date.parse(at) < NOTICE_MS,
      );
      // They stay as they are while they are the same: one of their buttons may have the focus.
      const names = noticed.map(({ session_id: sid }) => sid).join();
      if (byId('alerts').dataset.shown === names) return;
      byId('alerts').dataset.shown = names;
      byId('alerts').replaceChildren(...noticed.slice(0, MAX_NOTICES).map(noticeOf));
    },
    clear: () => {
      all = false;
      items.clear();
      for (const id of ['ended', 'alerts']) byId(id).replaceChildren();
      byId('alerts').dataset.shown = '';
      byId('ended-section').hidden = true;
    },
    tick,
  };
};
