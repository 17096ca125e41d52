// @ts-check
import { deviceCard } from './device-card.js';

/**
 * The cards of a user's devices. A device keeps its card, hence what is open in it and where the focus is, when the list is shown anew.
 *
 * @param {HTMLElement} root
 * @param {HTMLTemplateElement} template
 * @param {import('./device-card.js').CardActions} actions
 */
export const deviceList = (root, template, actions) => {
  /** By session. @type {Map<string, import('./device-card.js').DeviceCard>} */
  const cards = new Map();
  return {
    /** @param {readonly import('./device-card.js').Device[]} devices */
    show: (devices) => {
      const focused = document.activeElement;
      const sids = new Set(devices.map(({ session_id: sid }) => sid));
      for (const [sid, card] of cards) {
        if (sids.has(sid)) continue;
        card.root.remove();
        cards.delete(sid);
      }
      for (const [index, device] of devices.entries()) {
        const known = cards.get(device.session_id);
        const card = known ?? deviceCard(template, device, actions);
        if (known) known.show(device);
        cards.set(device.session_id, card);
        const there = root.children.item(index);
        if (there !== card.root) root.insertBefore(card.root, there);
      }
      // Moving an element takes the focus from it.
      if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
    },
    clear: () => {
      cards.clear();
      root.replaceChildren();
    },
    /** Brings all countdowns up to date; tells whether one has come to its end. @param {number} now by the server's clock */
    tick: (now) => [...cards.values()].filter((card) => card.tick(now)).length > 0,
  };
};
