// @ts-check
import { deviceView } from './device.js';

/** More devices than that are easier to look through in a table. */
const MAX_CARDS = 8;

/**
 * The user's devices, as cards or in a table. A device keeps what shows it, hence what is open in it and where the focus is, when the
 * list is read again.
 *
 * @param {HTMLElement} cards
 * @param {HTMLTableElement} table
 * @param {import('./device.js').DeviceActions} actions
 */
export const deviceList = (cards, table, actions) => {
  /** By session. @type {Map<string, import('./device.js').DeviceView>} */
  const views = new Map();
  let inTable = false;

  const clear = () => {
    for (const { root } of views.values()) root.remove();
    views.clear();
    inTable = false;
    cards.hidden = table.hidden = true;
  };
  /** @param {number} count */
  const chooseShape = (count) => {
    // It stays a table when devices go: a change of the shape would move everything under the pointer.
    if (inTable || count <= MAX_CARDS) return;
    // A table does not take over what somebody types, has opened or is at: then it waits for another reading.
    if (cards.contains(document.activeElement) || cards.querySelector('.rename, [aria-expanded=true]')) return;
    clear();
    inTable = true;
  };
  return {
    /** @param {readonly import('./device.js').Device[]} devices */
    show: (devices) => {
      const focused = document.activeElement;
      chooseShape(devices.length);
      cards.hidden = inTable;
      table.hidden = !inTable;
      const sids = new Set(devices.map(({ session_id: sid }) => sid));
      for (const [sid, { root }] of views) {
        if (sids.has(sid)) continue;
        root.remove();
        views.delete(sid);
      }
      const place = inTable ? table : cards;
      // A table begins with its caption and its head.
      const first = inTable ? 2 : 0;
      for (const [index, device] of devices.entries()) {
        const known = views.get(device.session_id);
        const view = known ?? deviceView(inTable ? 'row' : 'card', device, actions);
        if (known) known.show(device);
        views.set(device.session_id, view);
        const there = place.children.item(index + first);
        if (there !== view.root) place.insertBefore(view.root, there);
      }
      // Moving an element takes the focus from it.
      if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
    },
    clear,
    /** Goes to the device after that one, or before it, which is about to go; returns whether there is one. @param {string} sid */
    focusBeside: (sid) => {
      const ids = [...views.values()].sort((a, b) =>
        a.root.compareDocumentPosition(b.root) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1,
      );
      const index = ids.findIndex(({ root }) => root.dataset.session === sid);
      const beside = ids[index + 1] ?? ids[index - 1];
      beside?.focus();
      return beside !== undefined;
    },
    /** Brings all times up to date; returns whether one has run out. */
    tick: () => [...views.values()].filter((view) => view.tick()).length > 0,
  };
};
