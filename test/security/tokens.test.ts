import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { instantOf } from '../../src/domain/instant.js';
import { AccessTokens } from '../../src/security/access-token.js';
import { rotateKeys, type KeyFile } from '../../src/security/key-file.js';
import { Keyring, UnknownKeyError } from '../../src/security/keyring.js';
import { RefreshTokens, type RefreshClaims } from '../../src/security/refresh-token.js';
import { newKeys } from '../support/new-keys.js';

const ISSUER = 'https://auth.example.com';
const AUDIENCE = 'api';
const NOW = Date.parse('2026-01-01T00:00:00.500Z');
const HOUR = 3_600_000;

let keys: KeyFile;
let keyring: Keyring;
let now: number;
let access: AccessTokens;
let refresh: RefreshTokens;
beforeAll(async () => {
  keys = await newKeys(instantOf(NOW));
});
beforeAll(async () => {
  now = NOW;
  keyring = await Keyring.from(keys);
  access = new AccessTokens({ keyring, issuer: ISSUER, audience: AUDIENCE, ttlMs: HOUR });
  refresh = new RefreshTokens({ keyring, issuer: ISSUER, now: () => now });
});

const holder = { userId: randomUUID(), sid: randomUUID(), deviceId: randomUUID() };
const claims = (change: Partial<RefreshClaims> = {}): RefreshClaims => ({
  ...holder,
  jti: randomUUID(),
  generation: 3,
  epoch: 1,
  revision: 4,
  familyIssuedAt: '2025-12-01T00:00:00.001Z',
  issuedAt: '2026-01-01T00:00:00.123Z',
  idleExpiresAt: '2026-01-08T00:00:00.999Z',
  absoluteExpiresAt: '2026-03-01T00:00:00.777Z',
  ...change,
});

const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('access tokens (RFC 9068)', () => {
  it('say who, where and until when, and verify until that second', async () => {
    const { token, expiresIn } = await access.issue(holder, NOW);
    expect(expiresIn).toBe(3_600);
    const iat = Math.floor(NOW / 1000);
    expect(payloadOf(token)).toMatchObject({ iss: ISSUER, aud: AUDIENCE, sub: holder.userId, iat, exp: iat + 3_600 });
    expect(await access.verify(token, NOW)).toEqual({ outcome: 'valid', ...holder });
    expect(await access.verify(token, (iat + 3_600) * 1000 - 1)).toMatchObject({ outcome: 'valid' });
    expect(await access.verify(token, (iat + 3_600) * 1000)).toEqual({ outcome: 'expired' });
  });

  it('are refused if anything about them is not as it should be', async () => {
    const { kid, key } = keyring.accessKey;
    const good = payloadOf((await access.issue(holder, NOW)).token);
    const sign = (payload: object, header: object = {}): Promise<string> =>
      new SignJWT({ ...good, ...payload }).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid, ...header }).sign(key);
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const publicJwk = keyring.jwks(NOW).keys[0]!;
    const confused = await new SignJWT(good)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid })
      .sign(Buffer.from(String(publicJwk.x), 'base64url'));
    const refused = {
      'of another type': await sign({}, { typ: 'JWT' }),
      'of another issuer': await sign({ iss: 'https://other.example.com' }),
      'for another audience': await sign({ aud: 'other' }),
      'without a session': await sign({ sid: undefined }),
      'with a session that is no text': await sign({ sid: 7 }),
      'without an end': await sign({ exp: undefined }),
      'of a key nobody has': await sign({}, { kid: 'other' }),
      'of a stranger': await new SignJWT(good)
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
        .sign(stranger.privateKey),
      unsigned: `${encoded({ alg: 'none', typ: 'at+jwt', kid })}.${encoded(good)}.`,
      'signed with the public key as a secret': confused,
      'a refresh token': await refresh.sign(claims(), refresh.currentKeyId),
      'too long': 'x'.repeat(5_000),
    };
    expect(await access.verify(await sign({}), NOW)).toMatchObject({ outcome: 'valid' });
    for (const token of Object.values(refused)) expect(await access.verify(token, NOW)).toEqual({ outcome: 'invalid' });
  });

  it('any text is answered, never thrown at', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        expect(await access.verify(text, NOW)).toEqual({ outcome: 'invalid' });
        expect(await refresh.verify(text)).toBeNull();
      }),
    );
  });
});

describe('refresh tokens', () => {
  it('carry all their claims there and back, to the millisecond, and are the same token each time', async () => {
    const instant = fc.integer({ min: 0, max: 4e12 }).map(instantOf);
    const count = fc.nat({ max: 2 ** 40 });
    const any = fc.record({
      generation: count,
      epoch: count,
      revision: count,
      familyIssuedAt: instant,
      issuedAt: instant,
      idleExpiresAt: instant,
      absoluteExpiresAt: instant,
    });
    await fc.assert(
      fc.asyncProperty(any, async (some) => {
        const whole = claims(some);
        const token = await refresh.sign(whole, refresh.currentKeyId);
        expect(await refresh.verify(token)).toEqual({ ...whole, keyId: refresh.currentKeyId });
        expect(await refresh.sign(whole, refresh.currentKeyId)).toBe(token);
      }),
    );
  });

  it('are genuine also once they have expired: the log decides', async () => {
    const expired = claims({ idleExpiresAt: '2020-01-01T00:00:00.000Z' });
    expect(await refresh.verify(await refresh.sign(expired, refresh.currentKeyId))).not.toBeNull();
  });

  it('are refused if anything about them is not as it should be', async () => {
    const token = await refresh.sign(claims(), refresh.currentKeyId);
    const good = payloadOf(token);
    const [{ kid, secret }] = keys.refresh as [KeyFile['refresh'][number]];
    const bytes = Buffer.from(secret, 'base64url');
    const sign = (payload: object, header: object = {}, key: Uint8Array = bytes): Promise<string> =>
      new CompactSign(Buffer.from(JSON.stringify({ ...good, ...payload })))
        .setProtectedHeader({ alg: 'HS256', typ: 'rt+jwt', kid, ...header })
        .sign(key);
    expect(await refresh.verify(await sign({}))).not.toBeNull();
    const refused = [
      await sign({}, { typ: 'at+jwt' }),
      await sign({}, { typ: undefined }),
      await sign({}, { kid: 'other' }),
      await sign({}, { alg: 'HS512' }, Buffer.concat([bytes, bytes])),
      await sign({}, {}, Buffer.alloc(32)),
      await sign({ iss: 'https://other.example.com' }),
      await sign({ aud: AUDIENCE }),
      await sign({ gen: -1 }),
      await sign({ gen: 0.5 }),
      await sign({ rev: undefined }),
      await sign({ device_id: 'a.b' }),
      await sign({ exp: 1e300 }),
      `${encoded({ alg: 'none', typ: 'rt+jwt', kid })}.${token.split('.')[1]!}.`,
      (await access.issue(holder, NOW)).token,
      `${token}x`,
    ];
    for (const one of refused) expect(await refresh.verify(one)).toBeNull();
  });
});

describe('rotated keys', () => {
  it('old tokens verify until the overlap ends, new ones are signed by the new keys, redelivery by the old', async () => {
    const ring = await Keyring.from(keys);
    const tokens = new RefreshTokens({ keyring: ring, issuer: ISSUER, now: () => now });
    const bearer = new AccessTokens({ keyring: ring, issuer: ISSUER, audience: AUDIENCE, ttlMs: 10 * HOUR });
    const whole = claims();
    const [old, oldKey] = [await tokens.sign(whole, tokens.currentKeyId), tokens.currentKeyId];
    const { token: oldAccess } = await bearer.issue(holder, NOW);
    await ring.reload(await rotateKeys(keys, instantOf(NOW), HOUR));
    expect(tokens.currentKeyId).not.toBe(oldKey);
    expect(ring.jwks(NOW).keys).toHaveLength(2);
    expect(await tokens.verify(old)).not.toBeNull();
    expect(await tokens.sign(whole, oldKey)).toBe(old);
    expect(await bearer.verify(oldAccess, NOW + HOUR - 1)).toMatchObject({ outcome: 'valid' });
    now = NOW + HOUR;
    expect(await tokens.verify(old)).toBeNull();
    expect(await bearer.verify(oldAccess, now)).toEqual({ outcome: 'invalid' });
    expect(ring.jwks(now).keys).toHaveLength(1);
    await expect(tokens.sign(whole, oldKey)).rejects.toThrow(UnknownKeyError);
    now = NOW;
  });

  it('the JWKS holds public keys only', async () => {
    const [jwk] = keyring.jwks(NOW).keys;
    const { x } = await exportJWK(keyring.accessVerifierOf(keyring.accessKey.kid, NOW)!);
    expect(jwk).toEqual({ kty: 'OKP', crv: 'Ed25519', x, kid: keyring.accessKey.kid, use: 'sig', alg: 'EdDSA' });
  });
});
