import { beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK } from 'jose';
import { sign, verify } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessAlgorithm, KeyFile } from '../../src/security/key-file-shape.js';
import { prepareIntegrityKey, startIntegrityKey } from '../../src/security/integrity-keys.js';
import { rotateKeys } from '../../src/security/key-rotation.js';
import { Keyring, KeyFileRefusedError } from '../../src/security/keyring.js';
import { dropOldMasters, rewrapMaster } from '../../src/security/master-keys.js';
import { newKeys } from '../support/new-keys.js';
import { addIntegrityKey } from '../support/integrity-key.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const OPTIONS = { alg: 'EdDSA', overlapMs: 1_000, accessOverlapMs: 1_000, mailOverlapMs: 1_000, delayMs: 0 } as const;

let keys: KeyFile;
beforeAll(async () => {
  keys = await newKeys(NOW);
});

describe('a keyring', () => {
  it.each<AccessAlgorithm>(['EdDSA', 'ES256', 'RS256'])('shows public keys only (%s)', async (alg) => {
    const ring = Keyring.from(await newKeys(NOW, alg));
    const { kid, publicKey } = ring.accessKeyAt(NOW);
    const [jwk] = ring.jwks(NOW).keys;
    expect(jwk).toEqual({ ...(await exportJWK(publicKey)), kid, use: 'sig', alg });
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(jwk).not.toHaveProperty(secret);
  });

  it('gives each kind of key, by name where old data name it', () => {
    const more = addIntegrityKey(keys, NOW);
    const ring = Keyring.from(rewrapMaster(more, NOW));
    expect(ring.integrity.current.kid).toBe(more.integrity[0]!.kid);
    expect(ring.integrity.of(keys.integrity[0]!.kid)?.equals(Keyring.from(keys).integrity.current.key)).toBe(true);
    expect(ring.integrity.of('other')).toBeNull();
    expect(ring.masters[1]!.kid).toBe(keys.master[0]!.id);
    expect(ring.mailKeyOf(ring.mailKeyAt(NOW).kid, NOW)).toBe(ring.mailKeyAt(NOW).key);
    expect(ring.mailKeyOf('other', NOW)).toBeNull();
    const { key, publicKey } = ring.noteKey;
    expect(verify(null, Buffer.from('note'), publicKey, sign(null, Buffer.from('note'), key))).toBe(true);
    const secrets = [ring.lookup, ring.position, ring.integrity.current.key, ring.masters[0].key].map((one) =>
      one.export().toString('hex'),
    );
    expect(new Set(secrets).size).toBe(4);
  });

  it('takes a rotated file at once for all that hold it', async () => {
    const ring = Keyring.from(keys);
    const rotated = await rotateKeys(keys, NOW, OPTIONS);
    await ring.reload(() => Promise.resolve(rotated));
    expect(ring.refreshKeyAt(NOW).kid).toBe(rotated.refresh[0]!.kid);
    expect(ring.refreshKeyOf(keys.refresh[0]!.kid, NOW)).not.toBeNull();
    expect(ring.file).toBe(rotated);
    const dropped = dropOldMasters(rewrapMaster(rotated, NOW), NOW);
    await ring.reload(() => Promise.resolve(dropped));
    expect(ring.masters.map(({ kid }) => kid)).toEqual([dropped.master[0]!.id]);
  });

  it('verifies by the next integrity key and signs by the former one, until that comes first', async () => {
    const ring = Keyring.from(keys);
    const { integrity } = ring;
    const former = keys.integrity[0]!.kid;
    const prepared = prepareIntegrityKey(keys, NOW);
    const next = prepared.nextIntegrity!.kid;
    await ring.reload(() => Promise.resolve(prepared));
    expect([integrity.current.kid, integrity.of(next) === null]).toEqual([former, false]);
    await ring.reload(() => Promise.resolve(startIntegrityKey(prepared, NOW)));
    expect([integrity.current.kid, integrity.of(former) === null]).toEqual([next, false]);
    expect(ring.file.integrity[0]).toEqual({ ...prepared.nextIntegrity, signsFrom: prepared.nextIntegrity!.createdAt });
  });

  it('keeps its keys when a file is refused or cannot be read, and takes the next one', async () => {
    const ring = Keyring.from(keys);
    const other = await newKeys(NOW);
    await expect(ring.reload(() => Promise.resolve({ ...keys, master: other.master }))).rejects.toThrow(
      KeyFileRefusedError,
    );
    await expect(ring.reload(() => Promise.reject(new Error('no such file')))).rejects.toThrow('no such file');
    expect([ring.refreshKeyAt(NOW).kid, ring.masters[0].kid]).toEqual([keys.refresh[0]!.kid, keys.master[0]!.id]);
    const rotated = await rotateKeys(keys, NOW, OPTIONS);
    await ring.reload(() => Promise.resolve(rotated));
    expect(ring.refreshKeyAt(NOW).kid).toBe(rotated.refresh[0]!.kid);
  });

  it('keeps the order of two reloads, however long the first one reads', async () => {
    const ring = Keyring.from(keys);
    const second = await rotateKeys(keys, NOW, OPTIONS);
    const third = await rotateKeys(second, NOW, OPTIONS);
    const slow = ring.reload(() => sleep(30, second));
    const quick = ring.reload(() => Promise.resolve(third));
    await Promise.all([slow, quick]);
    expect(ring.refreshKeyAt(NOW).kid).toBe(third.refresh[0]!.kid);
  });
});
