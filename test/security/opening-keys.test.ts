import { expect, it } from '@jest/globals';
import { createSecretKey, randomBytes } from 'node:crypto';
import { pagesOfKeys } from '../../src/key-store/pages-of-keys.js';
import type { NamedKey } from '../../src/security/held-keys.js';
import { openingKeys } from '../../src/security/opening-keys.js';
import { UserKeys } from '../../src/security/user-keys.js';
import { hasMasterOf } from '../../src/security/wrapped-key.js';
import { MemoryKeyStore } from '../support/memory-key-store.js';

const master = (kid: string): NamedKey => ({ kid, key: createSecretKey(randomBytes(32)) });
const [former, current, foreign] = [master('former'), master('current'), master('foreign')];

it('counts users’ keys that open, those of another master key, and those that were changed or moved', async () => {
  const keyStore = new MemoryKeyStore();
  for (const [one, userId] of [
    [former, 'a'],
    [current, 'b'],
    [foreign, 'c'],
    [current, 'd'],
    [current, 'e'],
    [current, 'f'],
  ] as const)
    await new UserKeys({ keyStore, masters: () => [one] }).create(userId);
  await keyStore.destroy('f', 1);
  // Another user's, and none at all.
  keyStore.wrapped.set('d', keyStore.wrapped.get('b')!);
  keyStore.wrapped.set('e', Buffer.from('current.'));
  expect(await openingKeys([current, former], pagesOfKeys(keyStore))).toEqual({ opened: 2, withoutMaster: 1, damaged: 2 });
  expect(await openingKeys([foreign], pagesOfKeys(keyStore))).toEqual({ opened: 1, withoutMaster: 4, damaged: 0 });
  const wrapped = keyStore.wrapped.get('b') as Uint8Array;
  expect([hasMasterOf([current], wrapped), hasMasterOf([former], wrapped)]).toEqual([true, false]);
});

it('takes every page', async () => {
  const keyStore = new MemoryKeyStore();
  const userKeys = new UserKeys({ keyStore, masters: () => [current] });
  for (let n = 0; n < 1_001; n += 1) await userKeys.create(`u${String(n).padStart(4, '0')}`);
  expect(await openingKeys([current], pagesOfKeys(keyStore))).toEqual({ opened: 1_001, withoutMaster: 0, damaged: 0 });
});
