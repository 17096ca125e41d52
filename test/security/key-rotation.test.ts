import { beforeAll, describe, expect, it } from '@jest/globals';
import { isoOf } from '../../src/domain/instant.js';
import { checkKeyFile } from '../../src/security/key-file-check.js';
import type { KeyFile } from '../../src/security/key-file-shape.js';
import { ensureAccessAlgorithm, prepareKeys, rotateKeys } from '../../src/security/key-rotation.js';
import { signingAt, type Schedule } from '../../src/security/key-schedule.js';
import { Keyring } from '../../src/security/keyring.js';
import { newKeys } from '../support/new-keys.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const OPTIONS = { alg: 'EdDSA', overlapMs: 90 * DAY, accessOverlapMs: 31 * MINUTE, mailOverlapMs: DAY } as const;

let first: KeyFile;
beforeAll(async () => {
  first = await newKeys(NOW);
});

/** The kids that sign at an instant: refresh, access, mail. */
const signers = (keys: KeyFile, at: number): string[] => {
  const ring = Keyring.from(keys);
  return [ring.refreshKeyAt(at).kid, ring.accessKeyAt(at).kid, ring.mailKeyAt(at).kid];
};
const kidsOf = ({ refresh, access, mail }: KeyFile, index: number): string[] =>
  [refresh, access, mail].map((list) => list[index]!.kid);

describe('a rotation', () => {
  it('signs with the new keys 70 seconds later by itself, and verifies by them at once', async () => {
    const rotated = await rotateKeys(first, NOW, OPTIONS);
    expect(checkKeyFile(rotated).ok).toBe(true);
    expect(signers(rotated, NOW + 70 * SECOND - 1)).toEqual(kidsOf(first, 0));
    expect(signers(rotated, NOW + 70 * SECOND)).toEqual(kidsOf(rotated, 0));
    expect(kidsOf(rotated, 0)).not.toEqual(kidsOf(first, 0));
    const ring = Keyring.from(rotated);
    expect(ring.jwks(NOW).keys.map(({ kid }) => kid)).toEqual([rotated.access[0]!.kid, first.access[0]!.kid]);
    expect(ring.refreshKeyOf(rotated.refresh[0]!.kid, NOW)).not.toBeNull();
  });

  it('lets access keys leave the JWKS soon after their last token, refresh keys after a session, mail keys after a code', async () => {
    const rotated = await rotateKeys(first, NOW, OPTIONS);
    const starts = NOW + 70 * SECOND;
    const ring = Keyring.from(rotated);
    const accessEnd = starts + OPTIONS.accessOverlapMs;
    expect([accessEnd - 1, accessEnd].map((at) => ring.jwks(at).keys.length)).toEqual([2, 1]);
    const kid = first.refresh[0]!.kid;
    expect(ring.refreshKeyOf(kid, starts + 90 * DAY - 1)).not.toBeNull();
    expect(ring.refreshKeyOf(kid, starts + 90 * DAY)).toBeNull();
    expect(ring.mailKeyOf(first.mail[0]!.kid, starts + DAY - 1)).not.toBeNull();
    expect(ring.mailKeyOf(first.mail[0]!.kid, starts + DAY)).toBeNull();
  });

  it('signs at once for a key that has leaked, which with no overlap is gone', async () => {
    const kept = await rotateKeys(first, NOW, { ...OPTIONS, delayMs: 0 });
    expect(signers(kept, NOW)).toEqual(kidsOf(kept, 0));
    expect(kept.refresh).toHaveLength(2);
    const gone = await rotateKeys(first, NOW, {
      alg: 'EdDSA',
      overlapMs: 0,
      accessOverlapMs: 0,
      mailOverlapMs: 0,
      delayMs: 0,
    });
    expect(checkKeyFile(gone).ok).toBe(true);
    expect([gone.refresh.length, gone.access.length, gone.mail.length]).toEqual([1, 1, 1]);
    expect(signers(gone, NOW)).not.toEqual(kidsOf(first, 0));
  });

  it('takes the keys that were prepared', async () => {
    const prepared = await prepareKeys(first, NOW, 'EdDSA');
    expect(await prepareKeys(prepared, NOW, 'EdDSA')).toEqual(prepared);
    expect(signers(prepared, NOW + 1_000 * DAY)).toEqual(kidsOf(first, 0));
    const rotated = await rotateKeys(prepared, NOW + DAY, OPTIONS);
    expect(kidsOf(rotated, 0)).toEqual(kidsOf(prepared, 0));
    expect(rotated.refresh).toHaveLength(2);
    expect(signers(rotated, NOW + DAY + 70 * SECOND)).toEqual(kidsOf(prepared, 0));
  });

  it('that is under way goes on when asked for again, and can be hastened', async () => {
    const rotated = await rotateKeys(first, NOW, OPTIONS);
    expect(await rotateKeys(rotated, NOW + 5 * SECOND, OPTIONS)).toEqual(rotated);
    const hastened = await rotateKeys(rotated, NOW + 5 * SECOND, { ...OPTIONS, delayMs: 0 });
    expect(signers(hastened, NOW + 5 * SECOND)).toEqual(kidsOf(rotated, 0));
    expect(hastened.refresh[1]!.retireAt).toBe(isoOf(NOW + 5 * SECOND + 90 * DAY));
  });

  it('leaves out what has retired, never lengthens a life, and leaves the other kinds as they are', async () => {
    let keys = first;
    for (let round = 0; round < 4; round += 1) keys = await rotateKeys(keys, NOW + round * DAY, OPTIONS);
    expect([keys.refresh.length, keys.access.length, keys.mail.length]).toEqual([5, 2, 3]);
    const shorter = await rotateKeys(keys, NOW + 5 * DAY, { ...OPTIONS, overlapMs: DAY });
    expect(shorter.refresh.slice(1).map(({ retireAt }) => retireAt)).toEqual(
      Array<string>(5).fill(isoOf(NOW + 6 * DAY + 70 * SECOND)),
    );
    for (const kind of ['master', 'lookup', 'position', 'integrity', 'notes'] as const)
      expect(shorter[kind]).toEqual(first[kind]);
  });
});

describe('another algorithm of access tokens', () => {
  it('comes with a key that signs 70 seconds later; the former one retires after its last token', async () => {
    const changed = await ensureAccessAlgorithm(first, NOW, { alg: 'ES256', accessOverlapMs: MINUTE });
    expect(checkKeyFile(changed).ok).toBe(true);
    expect(changed.access.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA']);
    expect(changed.access[1]!.retireAt).toBe(isoOf(NOW + 70 * SECOND + MINUTE));
    expect(await ensureAccessAlgorithm(changed, NOW, { alg: 'ES256', accessOverlapMs: MINUTE })).toBe(changed);
    expect(changed.refresh).toEqual(first.refresh);
  });

  it('leaves out a key that was prepared for the former one, and takes one that fits', async () => {
    const prepared = await prepareKeys(first, NOW, 'EdDSA');
    const changed = await ensureAccessAlgorithm(prepared, NOW, { alg: 'RS256', accessOverlapMs: MINUTE });
    expect(changed.access.map(({ alg }) => alg)).toEqual(['RS256', 'EdDSA']);
    const fitting = await prepareKeys(first, NOW, 'ES256');
    const taken = await ensureAccessAlgorithm(fitting, NOW, { alg: 'ES256', accessOverlapMs: MINUTE });
    expect(taken.access.map(({ kid }) => kid)).toEqual(fitting.access.map(({ kid }) => kid));
    const back = await ensureAccessAlgorithm(changed, NOW + DAY, { alg: 'EdDSA', accessOverlapMs: MINUTE });
    expect(back.access.map(({ alg }) => alg)).toEqual(['EdDSA', 'RS256']);
    expect(back.access[0]!.kid).not.toBe(first.access[0]!.kid);
  });
});

describe('the key that signs', () => {
  it('is the earliest one while a clock is before all of them', () => {
    const keys: readonly (Schedule & { kid: string })[] = [
      { kid: 'c' },
      { kid: 'b', signsFrom: isoOf(NOW + DAY) },
      { kid: 'a', signsFrom: isoOf(NOW), retireAt: isoOf(NOW + 3 * DAY) },
    ];
    expect([-DAY, 0, DAY - 1, DAY, 9 * DAY].map((ms) => signingAt(keys, NOW + ms)?.kid)).toEqual(['a', 'a', 'a', 'b', 'b']);
    expect(signingAt(keys.slice(0, 1), NOW)).toBeNull();
  });
});
