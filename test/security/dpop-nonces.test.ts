import { createSecretKey, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DpopNonces } from '../../src/security/dpop-nonces.js';
import { DpopProofs } from '../../src/security/dpop-proofs.js';
import { MemoryLimitCounters } from '../../src/security/limits/memory-limit-counters.js';
import { dpopKey } from '../support/dpop-key.js';

const MINUTE_MS = 60_000;
const URL_OF_TOKEN = 'https://auth.example.com/oauth2/token';
const REQUEST = { method: 'POST', urls: [URL_OF_TOKEN] };
const secretOf = (byte: number): KeyObject => createSecretKey(Buffer.alloc(32, byte));
// The last instant of a slot: the worst moment to be given a nonce.
const LATE = Date.UTC(2026, 0, 1) + 2 * MINUTE_MS - 1;

/** An instance with that key, whose clock can be set. */
function instance(byte = 1, at = LATE): { readonly nonces: DpopNonces; at: number } {
  const clock = { at };
  return Object.assign(clock, { nonces: new DpopNonces({ key: () => secretOf(byte), now: () => clock.at }) });
}

describe('a nonce for DPoP proofs (RFC 9449 §8)', () => {
  it('is good for two minutes at least and for four at most, also for other instances', () => {
    const [one, other] = [instance(), instance()];
    for (const given of [LATE, LATE + 1]) {
      one.at = given;
      const nonce = one.nonces.current();
      expect(nonce).toMatch(/^[\w-]{22}$/);
      for (const [later, good] of [
        [0, true],
        [2 * MINUTE_MS, true],
        [4 * MINUTE_MS, false],
        [-2 * MINUTE_MS, true],
        [-4 * MINUTE_MS, false],
      ] as const) {
        other.at = given + later;
        expect([later, other.nonces.isGood(nonce)]).toEqual([later, good]);
      }
    }
  });

  it('is another one in each slot and under each key', () => {
    const [one, next, foreign] = [instance(), instance(1, LATE + 1), instance(2)];
    expect(new Set([one, next, foreign].map(({ nonces }) => nonces.current())).size).toBe(3);
    expect(foreign.nonces.isGood(one.nonces.current())).toBe(false);
  });

  it.each([undefined, null, '', 0, {}, 'A'.repeat(22), ['x']])('is not %p', (nonce) => {
    expect(instance().nonces.isGood(nonce)).toBe(false);
  });
});

describe('a DPoP proof where a nonce is needed', () => {
  const proofs = (): DpopProofs =>
    new DpopProofs({ used: new MemoryLimitCounters(), now: Date.now, nonces: instance(1, Date.now()).nonces });

  it('is taken with the present nonce, once', async () => {
    const checker = proofs();
    const key = await dpopKey();
    const proof = await key.proof('POST', URL_OF_TOKEN, { claims: { nonce: checker.nonce() } });
    expect(await checker.verify(proof, REQUEST)).toEqual({ ok: true, jkt: key.jkt });
    expect(await checker.verify(proof, REQUEST)).toEqual({ ok: false, reason: 'The DPoP proof was used before.' });
  });

  it.each([[null], ['x'], [1], [instance(1, 0).nonces.current()]])('asks for another one than %p', async (nonce) => {
    const check = await proofs().verify(
      await (await dpopKey()).proof('POST', URL_OF_TOKEN, { claims: { nonce } }),
      REQUEST,
    );
    expect(check).toMatchObject({ ok: false, needsNonce: true });
  });

  it('that is wrong otherwise is wrong, whatever its nonce', async () => {
    const checker = proofs();
    const proof = await (await dpopKey()).proof('GET', URL_OF_TOKEN);
    expect(await checker.verify(proof, REQUEST)).not.toHaveProperty('needsNonce');
  });

  it('has no nonce to offer where none is needed', () => {
    expect(new DpopProofs({ used: new MemoryLimitCounters(), now: Date.now }).nonce()).toBeNull();
  });
});
