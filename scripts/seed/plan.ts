import type { Chance } from './chance.js';
import { machine, person, type Machine, type Person } from './people.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What one device does, or somebody with its tokens. */
export type Deed =
  | 'register'
  | 'sign_in'
  | 'refresh'
  /** The answer was lost: the same token once more, seconds later. */
  | 'refresh_again'
  /** Somebody who has copied the first refresh token presents it, long after. */
  | 'theft'
  | 'sign_out'
  | 'sign_out_all'
  | 'sign_out_others';

export interface Step {
  /** Milliseconds after the beginning of the history. */
  readonly at: number;
  readonly deed: Deed;
  readonly user: number;
  readonly device: number;
}

export interface Plan {
  readonly people: readonly Person[];
  /** By user, then by device. */
  readonly machines: readonly (readonly Machine[])[];
  /** In the order in which they happen. */
  readonly steps: readonly Step[];
}

export interface PlanSize {
  readonly users: number;
  readonly devices: number;
  readonly days: number;
}

/** Plans the history: who has which devices, and what happens on them when. The same chance gives the same plan. */
export function plan(chance: Chance, { users, devices, days }: PlanSize): Plan {
  const numbers = Array.from({ length: users }, (_, index) => index);
  const people = numbers.map((user) => person(chance, user + 1));
  const machines = numbers.map(() => Array.from({ length: devices }, (_, device) => machine(chance, device)));
  const steps = numbers.flatMap((user) => life(chance, user, { devices, end: days * DAY }));
  return { people, machines, steps: steps.sort((a, b) => a.at - b.at) };
}

function life(chance: Chance, user: number, { devices, end }: { readonly devices: number; readonly end: number }): Step[] {
  // The first user has been there from the beginning, for it is the one whose token is stolen.
  const registeredAt = user === 0 ? 0 : chance.between(0, end / 3);
  const steps: Step[] = [{ at: registeredAt, deed: 'register', user, device: 0 }];
  for (let device = 0; device < devices; device += 1) {
    const signedInAt =
      registeredAt + MINUTE + (user === 0 && device === 0 ? 0 : chance.between(0, (end - registeredAt) / 3));
    steps.push({ at: signedInAt, deed: 'sign_in', user, device });
    steps.push(...useOf(chance, { user, device, from: signedInAt, end, stolen: user === 0 && device === 0 }));
  }
  const last = end - chance.between(MINUTE, DAY / 4);
  if (user % 20 === 7) steps.push({ at: last, deed: 'sign_out_all', user, device: 0 });
  if (user % 20 === 13) steps.push({ at: last, deed: 'sign_out_others', user, device: 0 });
  return steps;
}

interface Use {
  readonly user: number;
  readonly device: number;
  readonly from: number;
  readonly end: number;
  readonly stolen: boolean;
}

/** How a device is used after its sign-in: until the end, until it is left alone, or until its user signs out. */
function useOf(chance: Chance, { user, device, from, end, stolen }: Use): Step[] {
  const leftAlone = !stolen && chance.percent(20);
  const signsOut = !stolen && !leftAlone && chance.percent(15);
  // Left alone early enough to have expired by the end of a fortnight.
  const until = leftAlone ? chance.between(from, from + (end - from) / 4) : signsOut ? chance.between(from, end) : end;
  const steps: Step[] = [];
  let at = from + chance.between(20 * MINUTE, 4 * HOUR);
  for (; at < until; at += chance.between(2 * HOUR, 20 * HOUR)) {
    const deed = !stolen && chance.percent(4) ? 'refresh_again' : 'refresh';
    steps.push({ at, deed, user, device });
  }
  if (signsOut) steps.push({ at: until, deed: 'sign_out', user, device });
  if (stolen) steps.push({ at: from + (end - from) / 2, deed: 'theft', user, device });
  return steps;
}
