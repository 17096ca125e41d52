import type { Chance } from './chance.js';

export interface Person {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export interface Machine {
  readonly name: string;
  readonly userAgent: string;
  readonly ip: string;
}

const FIRST = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Radia', 'Ken', 'Frances', 'Leslie'] as const;
const LAST = ['Noor', 'Okafor', 'Lindqvist', 'Tanaka', 'Moreau', 'Silva', 'Novak', 'Haddad', 'Kowalski', 'Byrne'] as const;
const WORDS = ['amber', 'harbor', 'lantern', 'meadow', 'orchid', 'pebble', 'saddle', 'timber', 'velvet', 'willow'] as const;

const MACHINES = [
  ['Laptop', 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0'],
  [
    'Work PC',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  ],
  [
    'Phone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  ],
  [
    'Old phone',
    'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  ],
  [
    'Tablet',
    'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/604.1',
  ],
] as const;

// The networks that RFC 5737 keeps for examples.
const NETWORKS = ['192.0.2', '198.51.100', '203.0.113'] as const;

/** Who presents the token that was stolen: another program, in another network than most. */
export const THIEF = { userAgent: 'python-requests/2.32.5', ip: '203.0.113.66' } as const;

/** The person of a number, from 1: the address says which, so that it is easy to sign in as one of them. */
export function person(chance: Chance, number: number): Person {
  // Each another: one word three times would be refused as too common.
  const left: string[] = [...WORDS];
  const words = [1, 2, 3].flatMap(() => left.splice(chance.between(0, left.length - 1), 1));
  return {
    email: `user${String(number).padStart(3, '0')}@example.com`,
    name: `${chance.pick(FIRST)} ${chance.pick(LAST)}`,
    password: `${words.join('-')}-${chance.between(10, 99)}`,
  };
}

export function machine(chance: Chance, number: number): Machine {
  const [name, userAgent] = MACHINES[number % MACHINES.length] ?? MACHINES[0];
  return { name, userAgent, ip: `${chance.pick(NETWORKS)}.${chance.between(1, 254)}` };
}
