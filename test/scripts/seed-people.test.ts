import { expect, it } from '@jest/globals';
import { Chance } from '../../scripts/seed/chance.js';
import { person } from '../../scripts/seed/people.js';
import { contextWordsOf } from '../../src/security/email-address.js';
import { passwordProblem } from '../../src/security/password-problem.js';

it('everybody of a seed has a password that registration takes', () => {
  const refused: string[] = [];
  for (let seed = 1; seed <= 20; seed += 1) {
    const chance = new Chance(seed);
    for (let number = 1; number <= 100; number += 1) {
      const { email, name, password } = person(chance, number);
      const context = contextWordsOf(email, name);
      if (passwordProblem(password, { minLength: 12, context }) !== null) refused.push(password);
    }
  }
  expect(refused).toEqual([]);
});
