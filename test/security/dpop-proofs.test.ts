import { beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, generateSecret, SignJWT } from 'jose';
import { DpopProofs, type ProofCheck } from '../../src/security/dpop-proofs.js';
import { MemoryLimitCounters } from '../../src/security/limits/memory-limit-counters.js';
import { dpopKey, type DpopKey, type ProofChanges } from '../support/dpop-key.js';

const URL_OF_TOKEN = 'https://auth.example.com/oauth2/token';
const REQUEST = { method: 'POST', urls: ['http://localhost:8080/oauth2/token', URL_OF_TOKEN] };

let key: DpopKey;
beforeAll(async () => {
  key = await dpopKey();
});

const proofs = (now = Date.now): DpopProofs => new DpopProofs({ used: new MemoryLimitCounters(), now });
const check = async (changes: ProofChanges, url = URL_OF_TOKEN): Promise<ProofCheck> =>
  proofs().verify(await key.proof('POST', url, changes), REQUEST);
/** As `check`, of a proof with a claim so many seconds from now. */
const checkAt = async (claim: 'iat' | 'exp', fromNow: number): Promise<ProofCheck> => {
  const now = Date.now();
  const claims = { [claim]: Math.floor(now / 1000) + fromNow };
  return proofs(() => now).verify(await key.proof('POST', URL_OF_TOKEN, { claims }), REQUEST);
};

describe('a DPoP proof (RFC 9449 §4.3)', () => {
  it.each(['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'])('by a key of %s is taken', async (alg) => {
    const other = await dpopKey(alg);
    expect(await proofs().verify(await other.proof('POST', URL_OF_TOKEN), REQUEST)).toEqual({ ok: true, jkt: other.jkt });
  });

  it.each([
    `${URL_OF_TOKEN}?a=b#c`,
    'https://AUTH.example.com:443/oauth2/token',
    'https://auth.example.com/oauth2/./token',
    'http://localhost:8080/oauth2/token',
  ])('may name the address as %s', async (url) => {
    expect(await check({}, url)).toMatchObject({ ok: true });
  });

  it.each([
    ['http://auth.example.com/oauth2/token'],
    ['https://auth.example.com/oauth2/token/'],
    ['https://auth.example.com.evil.example/oauth2/token'],
    ['/oauth2/token'],
    ['https://auth.example.com/oauth2%2Ftoken'],
  ])('must not name the address %s', async (url) => {
    expect(await check({}, url)).toMatchObject({ ok: false });
  });

  it.each([
    ['of another method', { claims: { htm: 'GET' } }],
    ['of a method in lower case', { claims: { htm: 'post' } }],
    ['without an address', { claims: { htu: null } }],
    ['without an id', { claims: { jti: null } }],
    ['with an empty id', { claims: { jti: '' } }],
    ['with an id of 257 characters', { claims: { jti: 'x'.repeat(257) } }],
    ['without a time', { claims: { iat: null } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['without a key', { header: { jwk: undefined } }],
  ])('%s is refused', async (_, changes: ProofChanges) => {
    expect(await check(changes)).toMatchObject({ ok: false, reason: expect.any(String) });
  });

  it.each([
    ['of more than a minute ago', 'iat', -90],
    ['of more than a minute ahead', 'iat', 90],
    ['that has expired', 'exp', -120],
  ] as const)('%s is refused', async (_, claim, fromNow) => {
    expect(await checkAt(claim, fromNow)).toMatchObject({ ok: false, reason: expect.any(String) });
  });

  it.each([-55, 55])('of %d seconds from now is taken', async (fromNow) => {
    expect(await checkAt('iat', fromNow)).toMatchObject({ ok: true });
  });

  it('must be signed by the key that it holds', async () => {
    const other = await dpopKey();
    expect(await check({ header: { jwk: other.jwk } })).toMatchObject({ ok: false });
  });

  it.each([
    [512, 4, false],
    [513, 3, true],
    [384, 5, true],
  ])('by an RSA key of %d bytes with an exponent of %d bytes is too large: %s', async (modulus, exponent, isTooLarge) => {
    const odd = (bytes: number): string => Buffer.alloc(bytes, 0xff).toString('base64url');
    const header = { alg: 'RS256', typ: 'dpop+jwt', jwk: { kty: 'RSA', n: odd(modulus), e: odd(exponent) } };
    const parts = [header, { jti: 'a' }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    const checked = await proofs().verify(`${parts.join('.')}.${odd(modulus)}`, REQUEST);
    expect(checked).toMatchObject({ ok: false });
    expect('reason' in checked && checked.reason.includes('too large')).toBe(isTooLarge);
  });

  it('must hold a public key: no private and no shared one, and not "none"', async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const withPrivate = await new SignJWT({ jti: 'a', htm: 'POST', htu: URL_OF_TOKEN })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(pair.privateKey) })
      .setIssuedAt()
      .sign(pair.privateKey);
    const secret = await generateSecret('HS256', { extractable: true });
    const shared = await new SignJWT({ jti: 'a', htm: 'POST', htu: URL_OF_TOKEN })
      .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: await exportJWK(secret) })
      .setIssuedAt()
      .sign(secret);
    const [, payload = ''] = (await key.proof('POST', URL_OF_TOKEN)).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk })).toString('base64url');
    for (const proof of [withPrivate, shared, `${header}.${payload}.`, 'x', 'a.b.c', 'x'.repeat(8_193)])
      expect(await proofs().verify(proof, REQUEST)).toMatchObject({ ok: false });
  });

  it('is good once, as long as it holds at all', async () => {
    const checker = proofs();
    const proof = await key.proof('POST', URL_OF_TOKEN);
    expect(await checker.verify(proof, REQUEST)).toMatchObject({ ok: true });
    expect(await checker.verify(proof, REQUEST)).toEqual({ ok: false, reason: 'The DPoP proof was used before.' });
    expect(await checker.verify(await key.proof('POST', URL_OF_TOKEN), REQUEST)).toMatchObject({ ok: true });
  });

  it('that is wrong does not use its id up', async () => {
    const checker = proofs();
    const claims = { jti: 'the same' };
    expect(await checker.verify(await key.proof('GET', URL_OF_TOKEN, { claims }), REQUEST)).toMatchObject({ ok: false });
    expect(await checker.verify(await key.proof('POST', URL_OF_TOKEN, { claims }), REQUEST)).toMatchObject({ ok: true });
    const other = await dpopKey();
    expect(await checker.verify(await other.proof('POST', URL_OF_TOKEN, { claims }), REQUEST)).toMatchObject({ ok: true });
  });

  it('names the access token that it comes with', async () => {
    const request = { ...REQUEST, accessToken: 'a.b.c' };
    expect(await proofs().verify(await key.proofFor('a.b.c', 'POST', URL_OF_TOKEN), request)).toMatchObject({ ok: true });
    expect(await proofs().verify(await key.proofFor('d.e.f', 'POST', URL_OF_TOKEN), request)).toMatchObject({ ok: false });
    expect(await proofs().verify(await key.proof('POST', URL_OF_TOKEN), request)).toMatchObject({ ok: false });
  });
});
