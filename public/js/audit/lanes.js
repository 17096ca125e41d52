// @ts-check
/** Makes lanes of a timeline: one for the account, one for each device, each with its sessions and what happened in them. */
import { isContested, nameSaid } from './said.js';

/**
 * @typedef {object} Entry One event as the timeline has it.
 * @property {string} position
 * @property {string} stream
 * @property {string} type
 * @property {string} occurred_at
 * @property {string | null} session_id
 * @property {number | null} generation
 * @property {string | null} ip
 * @property {string | null} user_agent
 * @property {string} words
 */
/** @typedef {'begin' | 'use' | 'again' | 'contested' | 'theft' | 'end' | 'expired' | 'note' | 'all'} Kind Each has a mark of its own shape. */
/** @typedef {{ kind: Kind, at: number, words: string, sid: string | null }} Mark Times in milliseconds since 1970. */
/**
 * @typedef {object} Session
 * @property {string} sid
 * @property {number} begin
 * @property {number | null} end Null while it goes on, or while that is not known yet.
 * @property {boolean} hasOwnEnd Whether an event of its own says that it ended.
 * @property {number} lastAt
 * @property {string} lastPosition
 * @property {number[]} uses When it was renewed.
 */
/**
 * @typedef {object} Lane
 * @property {string} id The device's id.
 * @property {string | null} name
 * @property {string | null} agent The program seen last.
 * @property {Session[]} sessions
 * @property {Mark[]} marks All but the renewals.
 */
/** @typedef {{ at: number, position: string, words: string }} SignOut One that ended all sessions, or all but one. */

/** @type {Readonly<Record<string, Kind>>} */
const KINDS = {
  TokenIssued: 'begin',
  TokenRotated: 'use',
  TokenRedelivered: 'again',
  TokenReuseDetected: 'theft',
  TokenRevoked: 'end',
  TokenExpired: 'expired',
  DeviceRenamed: 'note',
  AllTokensRevoked: 'all',
  UserErased: 'end',
};

const GENUINE = ['TokenIssued', 'TokenRotated'];
const ENDS = ['TokenRevoked', 'TokenExpired'];

/** What an event is drawn as. @param {Entry} entry @returns {Kind} */
export const kindOf = (entry) => (isContested(entry) ? 'contested' : (KINDS[entry.type] ?? 'note'));
/** The device is the last part of the stream's name. @param {Entry} entry */
const deviceOf = ({ stream }) => stream.slice(stream.lastIndexOf('.') + 1);

/** The index of the first sign-out after a position; they are in the order of the log. @param {readonly SignOut[]} signOuts @param {string} position */
export const firstAfter = (signOuts, position) => {
  let low = 0;
  let high = signOuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((signOuts[middle]?.position ?? '') <= position) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Clocks of instances differ: what is later in the log may have an earlier time. @param {number[]} instants @param {number} at */
const addInOrder = (instants, at) => {
  const isLater = at >= (instants.at(-1) ?? at);
  instants.push(at);
  if (!isLater) instants.sort((one, other) => one - other);
};

/** Takes entries in the order of the log. */
export const laneBuilder = () => {
  /** @type {Map<string, Lane>} */
  const lanes = new Map();
  /** @type {Map<string, Session>} */
  const sessions = new Map();
  /** @type {Mark[]} */
  const account = [];
  /** @type {SignOut[]} */
  const signOuts = [];
  /** @type {{ first: number, last: number } | null} */
  let extent = null;

  /** @param {Entry} entry @param {string} sid @param {number} at */
  const addToDevice = (entry, sid, at) => {
    const id = deviceOf(entry);
    const lane = lanes.get(id) ?? { id, name: null, agent: null, sessions: [], marks: [] };
    lanes.set(id, lane);
    const known = sessions.get(sid);
    /** @type {Session} */
    const session = known ?? { sid, begin: at, end: null, hasOwnEnd: false, lastAt: at, lastPosition: '', uses: [] };
    if (!known) {
      sessions.set(sid, session);
      lane.sessions.push(session);
    }
    const name = nameSaid(entry);
    if (name !== undefined) lane.name = name;
    // What was given again, or refused, may have been somebody else's.
    if (GENUINE.includes(entry.type)) lane.agent = entry.user_agent ?? lane.agent;
    session.lastAt = at;
    session.lastPosition = entry.position;
    if (entry.type === 'TokenRotated') addInOrder(session.uses, at);
    else lane.marks.push({ kind: kindOf(entry), at, words: entry.words, sid });
    if (ENDS.includes(entry.type)) {
      session.end = at;
      session.hasOwnEnd = true;
    }
  };

  return {
    /** @param {readonly Entry[]} entries */
    add: (entries) => {
      for (const entry of entries) {
        const at = Date.parse(entry.occurred_at);
        extent = { first: Math.min(extent?.first ?? at, at), last: Math.max(extent?.last ?? at, at) };
        if (entry.session_id !== null) addToDevice(entry, entry.session_id, at);
        else {
          account.push({ kind: kindOf(entry), at, words: entry.words, sid: null });
          if (entry.type === 'AllTokensRevoked') signOuts.push({ at, position: entry.position, words: entry.words });
        }
      }
    },
    /** Until more is known: a sign-out of all sessions has ended each that was not seen after it. */
    guessEnds: () => {
      for (const session of sessions.values())
        if (!session.hasOwnEnd) session.end = signOuts[firstAfter(signOuts, session.lastPosition)]?.at ?? null;
    },
    account,
    signOuts,
    /** The lane of an entry. @param {Entry} entry */
    laneOf: (entry) => lanes.get(deviceOf(entry)),
    /** In the order in which they first signed in. */
    lanes: () => [...lanes.values()],
    sessions: () => [...sessions.values()],
    extent: () => extent,
  };
};
/** @typedef {ReturnType<typeof laneBuilder>} Lanes */
