import { newFolder, refreshTarget, seeded, signedIn, startOurs } from '../lib/installation.js';
import { chains, latencyOf, race } from '../lib/race.js';
import { compared } from '../lib/report.js';

const CHAINS = 4;
const OLD = 10_000;
const DEVICES = 1_000;
const REVOCATIONS = 10_000;

/** The rotation of families that have rotated often against that of new ones, in one server. */
export async function age({ load, rounds, milliseconds }) {
  const folder = newFolder('age');
  const [old, young] = await seeded(folder, { users: CHAINS, devices: 1, rotations: OLD }, { users: CHAINS, devices: 1 });
  const ours = await startOurs(folder);
  const contenders = chainsOf(load, ours, { old: old.tokens, young: young.tokens }, milliseconds);
  const { medians, rounds: all } = await race(contenders, { rounds });
  await ours.stop();
  return { results: [slower(`rotation ${OLD} of a family`, 'rotation 1', medians.old, medians.young)], rounds: all };
}

/** Rotation and sign-in of a user with many devices and revocations against those of a fresh one, in one server. */
export async function user({ load, rounds, milliseconds }) {
  const folder = newFolder('user');
  const busyUser = { users: 1, devices: DEVICES, revocations: REVOCATIONS };
  const [busy, fresh] = await seeded(folder, busyUser, { users: 1, devices: CHAINS });
  const ours = await startOurs(folder);
  const tokens = { busy: busy.tokens.slice(0, CHAINS), fresh: fresh.tokens };
  const rotating = await race(chainsOf(load, ours, tokens, milliseconds), { rounds });
  const signingIn = (credentials) => latencyOf(load, ours.origin, [loginOf(credentials)], { milliseconds });
  const contenders = { busy: signingIn(busy.credentials[0]), fresh: signingIn(fresh.credentials[0]) };
  const signIns = await race(contenders, { rounds });
  await ours.stop();
  const who = `a user with ${DEVICES} devices and ${REVOCATIONS} revocations`;
  return {
    results: [
      slower(`rotation of ${who}`, 'of a fresh one', rotating.medians.busy, rotating.medians.fresh),
      compared({
        ...{ what: `sign-in of ${who}`, value: signIns.medians.busy, unit: 'ms' },
        ...{ beside: 'of a fresh one', besideValue: signIns.medians.fresh, atMost: 1.1 },
      }),
    ],
    rounds: { rotation: rotating.rounds, sign_in: signIns.rounds },
  };
}

/** Logout/all, the present session kept, of a user with many devices against one with a single device. */
export async function signOutAll({ load, rounds, milliseconds }) {
  const folder = newFolder('sign-out-all');
  const [many, one] = await seeded(folder, { users: 1, devices: DEVICES }, { users: 1, devices: 1 });
  const ours = await startOurs(folder);
  const requestOf = async ({ credentials }) => {
    const [pair] = await signedIn(ours, credentials[0], 1);
    const headers = { Authorization: `Bearer ${pair.access_token}` };
    const body = JSON.stringify({ keep_current: true });
    return { path: '/api/v1/auth/logout/all', type: 'application/json', headers, body };
  };
  const ending = async (seededUser) => latencyOf(load, ours.origin, [await requestOf(seededUser)], { milliseconds });
  const { medians, rounds: all } = await race({ many: await ending(many), one: await ending(one) }, { rounds });
  await ours.stop();
  const figure = { what: `logout/all with ${DEVICES} devices`, value: medians.many, unit: 'ms' };
  return { results: [compared({ ...figure, beside: 'with one', besideValue: medians.one, atMost: 1.2 })], rounds: all };
}

export function chainsOf(load, server, tokens, milliseconds) {
  return Object.fromEntries(
    Object.entries(tokens).map(([name, list]) => [name, chains(load, refreshTarget(server), list, { milliseconds })]),
  );
}

/** Rates, compared as durations. */
export function slower(what, beside, rate, besideRate) {
  return compared({ what, value: 1e6 / rate, unit: 'µs', beside, besideValue: 1e6 / besideRate, atMost: 1.1 });
}

function loginOf(credentials) {
  return { path: '/api/v1/auth/login', type: 'application/json', body: JSON.stringify(credentials) };
}
