// @ts-check
/** How the account and the devices stood at the time of the line. */
import { byId, make, one } from '../elements.js';
import { attempt } from '../message.js';
import { clientContent, deviceName } from './client-view.js';
import { fullWords, shortWords } from './utc-words.js';

/** @typedef {import('./audit-api.js').State} State */

/** A reader who drags asks for one state, not for all that are passed. */
const WAIT_MS = 150;

/** @param {State} state */
const summaryOf = ({ status, devices }) => {
  if (status === null) return 'The account did not exist yet.';
  const count = devices.length;
  const which =
    count === 0 ? 'no device was signed in' : count === 1 ? '1 device was signed in' : `${count} devices were signed in`;
  return `The account was ${status}; ${which}.`;
};

/** @param {import('./audit-api.js').StateDevice} device */
const deviceElement = (device) => {
  const { device_name: name, user_agent: agent, generation, issued_at: issued, expires_at: expires } = device;
  const facts = [
    `Signed in ${shortWords(Date.parse(issued))}`,
    generation === 0 ? 'not renewed yet' : `renewal ${generation}`,
    `would have ended ${shortWords(Date.parse(expires))} if not used`,
  ];
  return make('li', [
    make('h4', [deviceName({ name, agent })]),
    make('p', clientContent(device)),
    make('p', [facts.join(' · ')], 'hint'),
  ]);
};

/**
 * @param {object} options
 * @param {(moment: import('./audit-api.js').Moment) => Promise<State>} options.read
 * @param {(state: State) => void} options.shown
 */
export const stateView = ({ read, shown }) => {
  const section = byId('state-section');
  const when = one(document, '#when-at', HTMLInputElement);
  /** Counts what was asked for: what is shown is the newest. */
  let asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const cancel = () => {
    clearTimeout(timer);
    asked += 1;
  };
  /** @param {State} state */
  const show = (state) => {
    byId('state-summary').textContent = summaryOf(state);
    byId('state-devices').replaceChildren(...state.devices.map(deviceElement));
    section.removeAttribute('aria-busy');
    shown(state);
  };
  /** @param {import('./audit-api.js').Moment} moment */
  const load = (moment) => {
    const mine = asked;
    return attempt(async () => {
      try {
        const state = await read(moment);
        if (mine === asked) show(state);
      } catch (error) {
        if (mine === asked) throw error;
      }
    });
  };
  return {
    /** Shows the state at an instant, or the one after an event: several may be of one instant. @param {number} at @param {string} [position] */
    ask: (at, position) => {
      cancel();
      byId('state-time').textContent = fullWords(at);
      // Somebody who types there is not interrupted.
      if (document.activeElement !== when) when.value = new Date(at).toISOString().slice(0, 19);
      section.setAttribute('aria-busy', 'true');
      timer = setTimeout(() => void load(position === undefined ? { at } : { position }), WAIT_MS);
    },
    clear: () => {
      cancel();
      section.removeAttribute('aria-busy');
      for (const id of ['state-time', 'state-summary', 'state-devices']) byId(id).replaceChildren();
    },
  };
};
