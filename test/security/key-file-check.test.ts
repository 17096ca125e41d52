import { beforeAll, describe, expect, it } from '@jest/globals';
import { checkKeyFile } from '../../src/security/key-file-check.js';
import type { AccessAlgorithm, KeyFile } from '../../src/security/key-file-shape.js';
import { checkAgainstRunning } from '../../src/security/key-file-successor.js';
import { prepareIntegrityKey, startIntegrityKey } from '../../src/security/integrity-keys.js';
import { rotateKeys } from '../../src/security/key-rotation.js';
import { dropOldMasters, rewrapMaster } from '../../src/security/master-keys.js';
import { newKeys } from '../support/new-keys.js';
import { addIntegrityKey } from '../support/integrity-key.js';

const START = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse(START);
const LATER = '2026-01-02T00:00:00.000Z';
const OPTIONS = { alg: 'EdDSA', overlapMs: 86_400_000, accessOverlapMs: 1_000, mailOverlapMs: 1_000 } as const;

let keys: KeyFile;
let other: KeyFile;
beforeAll(async () => {
  [keys, other] = await Promise.all([newKeys(NOW), newKeys(NOW)]);
});

const reasonOf = (json: unknown): string | null => {
  const verdict = checkKeyFile(json);
  return verdict.ok ? null : verdict.reason;
};

describe('a key file is checked as a whole', () => {
  it.each<AccessAlgorithm>(['EdDSA', 'ES256', 'RS256'])('and is in order when it is new, with %s', async (alg) => {
    const made = await newKeys(NOW, alg);
    expect(checkKeyFile(JSON.parse(JSON.stringify(made)))).toEqual({ ok: true, keys: made });
  });

  it('and is refused with one sentence that names the place', async () => {
    const [refresh, access] = [keys.refresh[0]!, keys.access[0]!];
    const es = (await newKeys(NOW, 'ES256')).access[0]!;
    const rs = (await newKeys(NOW, 'RS256')).access[0]!;
    const integrity = keys.integrity[0]!;
    const [otherRefresh, otherAccess] = [other.refresh[0]!, other.access[0]!];
    const zero = 'A'.repeat(43);
    // The last character of 43 has two bits that say nothing.
    const respelt = keys.lookup.slice(0, -1) + String.fromCharCode(keys.lookup.charCodeAt(42) + 1);
    const wrong: readonly (readonly [string, object])[] = [
      ['refresh.0.secret is no secret', { refresh: [{ ...refresh, secret: zero }] }],
      ['lookup is no secret', { lookup: zero }],
      ['position is the same secret as lookup', { position: keys.lookup }],
      ['position is the same secret as lookup', { position: respelt }],
      ['refresh.1.kid is the same as refresh.0.kid', { refresh: [refresh, { ...otherRefresh, kid: refresh.kid }] }],
      ['access.0.kid is the same as refresh.0.kid', { access: [{ ...access, kid: refresh.kid }] }],
      ['mail.0.kid is the same as master.0.id', { mail: [{ ...keys.mail[0], kid: keys.master[0]!.id }] }],
      ['refresh has no key that signs', { refresh: [{ ...refresh, retireAt: LATER }] }],
      ['access has no key that signs', { access: [{ ...access, signsFrom: undefined }] }],
      [
        'refresh.1 retires before another key signs',
        {
          refresh: [
            { ...otherRefresh, signsFrom: '2026-01-03T00:00:00.000Z' },
            { ...refresh, retireAt: LATER },
          ],
        },
      ],
      ['access.0.signsFrom is before its createdAt', { access: [{ ...access, createdAt: LATER }] }],
      [
        'refresh.1.retireAt is before it signs',
        { refresh: [otherRefresh, { ...refresh, signsFrom: LATER, retireAt: START }] },
      ],
      ['access.0.jwk is not for ES256', { access: [{ ...access, alg: 'ES256' }] }],
      ['access.0.jwk is not for RS256', { access: [{ ...es, alg: 'RS256' }] }],
      ['access.0.jwk is no key pair', { access: [{ ...access, jwk: { ...access.jwk, d: otherAccess.jwk.d } }] }],
      ['access.0.jwk is no key pair', { access: [{ ...es, jwk: { ...es.jwk, d: access.jwk.d } }] }],
      ['access.0.jwk is no key pair', { access: [{ ...rs, jwk: { ...rs.jwk, n: `${'A'.repeat(2)}${'B'.repeat(340)}` } }] }],
      [
        'notes.0.jwk is no key pair',
        { notes: [{ ...keys.notes[0], jwk: { ...keys.notes[0]!.jwk, d: otherAccess.jwk.d } }] },
      ],
      ['nextIntegrity.secret is the same secret as integrity.0.secret', { nextIntegrity: { ...integrity, kid: 'next' } }],
      [
        'nextIntegrity.kid is the same as integrity.0.kid',
        { nextIntegrity: { ...other.integrity[0], kid: integrity.kid } },
      ],
      [
        'integrity.0.signsFrom is before its createdAt',
        { integrity: [{ ...integrity, createdAt: LATER, signsFrom: START }] },
      ],
      ['not as expected: nextIntegrity', { nextIntegrity: { ...other.integrity[0], signsFrom: LATER } }],
      ['not as expected: refresh', { refresh: [] }],
      ['not as expected: master.0.secret', { master: [{ ...keys.master[0], secret: 'short' }] }],
      ['not as expected: refresh.0.createdAt', { refresh: [{ ...refresh, createdAt: '2026-02-30T00:00:00.000Z' }] }],
      ['not as expected: refresh.0', { refresh: [{ ...refresh, retiresAt: LATER }] }],
    ];
    const texts = JSON.stringify(keys).match(/[\w-]{43}/g)!;
    for (const [reason, change] of wrong) {
      const said = reasonOf({ ...keys, ...change });
      expect(said).toContain(reason);
      for (const secret of texts) expect(said).not.toContain(secret);
    }
  });
});

describe('a key file that is to replace the one in use', () => {
  it('may be rotated, older, and have more or dropped master keys', async () => {
    const rotated = await rotateKeys(keys, NOW, OPTIONS);
    expect(checkAgainstRunning(rotated, keys)).toBeNull();
    expect(checkAgainstRunning(keys, rotated)).toBeNull();
    const wrapped = rewrapMaster(keys, NOW + 86_400_000);
    expect(checkAgainstRunning(wrapped, keys)).toBeNull();
    const dropped = dropOldMasters(wrapped, NOW + 86_400_000);
    expect(reasonOf(dropped)).toBeNull();
    expect([dropped.master.length, dropped.droppedMasters]).toEqual([
      1,
      [{ id: keys.master[0]!.id, createdAt: keys.master[0]!.createdAt, droppedAt: LATER }],
    ]);
    expect(checkAgainstRunning(dropped, keys)).toBeNull();
    expect(checkAgainstRunning(addIntegrityKey(keys, NOW + 86_400_000), keys)).toBeNull();
    const prepared = prepareIntegrityKey(keys, NOW);
    const started = startIntegrityKey(prepared, NOW);
    expect([reasonOf(prepared), reasonOf(started)]).toEqual([null, null]);
    // Also back again: an instance may be given the files in another order.
    for (const [next, running] of [
      [prepared, keys],
      [started, prepared],
      [prepared, started],
      [started, keys],
    ] as const)
      expect(checkAgainstRunning(next, running)).toBeNull();
  });

  it('is refused if old data would need what it has not', () => {
    const refused: readonly (readonly [string, KeyFile, KeyFile])[] = [
      ['the lookup key is not', { ...keys, lookup: other.lookup }, keys],
      ['the position key is not', { ...keys, position: other.position }, keys],
      [`the master key ${keys.master[0]!.id} is missing`, { ...keys, master: other.master }, keys],
      ['the integrity key', keys, addIntegrityKey(keys, NOW + 86_400_000)],
      ['the integrity key', keys, prepareIntegrityKey(keys, NOW)],
      ['the integrity key', prepareIntegrityKey(keys, NOW), prepareIntegrityKey(keys, NOW)],
      [
        'next names another key',
        { ...keys, nextIntegrity: { ...other.integrity[0]!, kid: 'next' } },
        { ...keys, nextIntegrity: { ...other.integrity[0]!, kid: 'next', secret: other.mail[0]!.secret } },
      ],
      [
        `${keys.master[0]!.id} names another key`,
        { ...keys, master: [{ ...keys.master[0]!, secret: other.master[0]!.secret }] },
        keys,
      ],
      [
        `${keys.access[0]!.kid} names another key`,
        { ...keys, access: [{ ...keys.access[0]!, jwk: other.access[0]!.jwk }] },
        keys,
      ],
    ];
    for (const [reason, next, running] of refused) expect(checkAgainstRunning(next, running)).toContain(reason);
  });
});
