import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSecretKey, randomUUID } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { AccessTokens } from '../../src/security/access-token.js';
import type { AccessAlgorithm } from '../../src/security/key-file-shape.js';
import { ensureAccessAlgorithm, rotateKeys } from '../../src/security/key-rotation.js';
import { Keyring } from '../../src/security/keyring.js';
import { newKeys } from '../support/new-keys.js';
import { respelt } from '../support/respelt.js';

const ISSUER = 'https://auth.example.com';
const AUDIENCE = 'api';
const NOW = Date.parse('2026-01-01T00:00:00.500Z');
const IAT = Math.floor(NOW / 1000);
const EXP = IAT + 3_600;
const HOUR = 3_600_000;

const holder = {
  userId: randomUUID(),
  sid: randomUUID(),
  deviceId: randomUUID(),
  clientId: 'tokenledger',
  roles: ['admin', 'auditor'],
  authTime: Date.parse('2025-12-01T10:00:00.000Z'),
  jkt: null,
};
const granted = { ...holder, sessionEndsAt: NOW + 24 * HOUR };

let keyring: Keyring;
let access: AccessTokens;
const tokensOf = (ring: Keyring, options: { issuer?: string } = {}): AccessTokens =>
  new AccessTokens({ keyring: ring, issuer: ISSUER, audience: AUDIENCE, ttlMs: HOUR, ...options });
beforeAll(async () => {
  keyring = Keyring.from(await newKeys(NOW));
  access = tokensOf(keyring);
});

const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('access tokens (RFC 9068)', () => {
  it.each<AccessAlgorithm>(['EdDSA', 'ES256', 'RS256'])('verify elsewhere by the JWKS (%s)', async (alg) => {
    const ring = Keyring.from(await newKeys(NOW, alg));
    const { token } = tokensOf(ring).issue(granted, NOW);
    const judged = await jwtVerify(token, createLocalJWKSet({ keys: [...ring.jwks(NOW).keys] }), {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: 'at+jwt',
      currentDate: new Date(NOW),
    });
    expect(judged.protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: ring.accessKeyAt(NOW).kid });
    expect(judged.payload).toEqual({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: holder.userId,
      client_id: 'tokenledger',
      jti: expect.any(String),
      iat: IAT,
      exp: EXP,
      sid: holder.sid,
      device_id: holder.deviceId,
      roles: ['admin', 'auditor'],
      auth_time: holder.authTime / 1000,
    });
    expect(await tokensOf(ring).verify(token, NOW)).toMatchObject({ outcome: 'valid', ...holder });
  });

  it('verify until their second of expiry', async () => {
    const { token, expiresIn } = access.issue(granted, NOW);
    expect(expiresIn).toBe(3_600);
    const times = { tokenIssuedAt: IAT * 1000, expiresAt: EXP * 1000 };
    expect(await access.verify(token, NOW)).toEqual({
      ...{ outcome: 'valid', issuer: payloadOf(token).iss, ...holder, ...times },
      jti: payloadOf(token).jti,
    });
    expect(await access.verify(token, times.expiresAt - 1)).toMatchObject({ outcome: 'valid' });
    expect(await access.verify(token, times.expiresAt)).toEqual({ outcome: 'expired' });
  });

  it('never outlive their session', () => {
    // SESSION_MAX_DAYS=0.0002: 17 seconds.
    const { token, expiresIn } = access.issue({ ...holder, sessionEndsAt: NOW + 17_280 }, NOW);
    expect([expiresIn, payloadOf(token).exp]).toEqual([16, IAT + 17]);
  });

  it('promise the seconds that are configured, and never more than their session has, at whatever millisecond they are issued', () => {
    const instants = fc.integer({ min: NOW, max: NOW + HOUR });
    const lifetimes = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 24 * HOUR }));
    fc.assert(
      fc.property(instants, lifetimes, fc.integer({ min: 0, max: 2 * HOUR }), (now, ttlMs, left) => {
        const sessionEndsAt = now + left;
        const issuing = new AccessTokens({ keyring, issuer: ISSUER, audience: AUDIENCE, ttlMs });
        const { token, expiresIn } = issuing.issue({ ...holder, sessionEndsAt }, now);
        const { iat, exp } = payloadOf(token) as { iat: number; exp: number };
        expect(exp * 1000).toBeLessThanOrEqual(sessionEndsAt);
        const isWhole = exp - iat === Math.ceil(ttlMs / 1000);
        if (isWhole) expect(expiresIn).toBe(exp - iat);
        // Nothing is left of a session in its last second, so nothing is promised.
        else if (exp * 1000 < now) expect(expiresIn).toBe(0);
        else expect(now + expiresIn * 1000).toBeLessThanOrEqual(exp * 1000);
        expect(isWhole || left < ttlMs + 2_000).toBe(true);
      }),
    );
  });

  it('say to which key they are bound (RFC 9449 §6)', async () => {
    const { token } = access.issue({ ...granted, jkt: 'thumbprint' }, NOW);
    expect(payloadOf(token).cnf).toEqual({ jkt: 'thumbprint' });
    expect(await access.verify(token, NOW)).toMatchObject({ outcome: 'valid', jkt: 'thumbprint' });
  });

  it('go on after a change of the issuer, and of the algorithm', async () => {
    const { token } = access.issue(granted, NOW);
    const moved = tokensOf(keyring, { issuer: 'https://new.example.com' });
    expect(await moved.verify(token, NOW)).toMatchObject({ outcome: 'valid' });
    expect(payloadOf(moved.issue(granted, NOW).token).iss).toBe('https://new.example.com');
    expect(await access.verify(moved.issue(granted, NOW).token, NOW)).toMatchObject({ outcome: 'valid' });

    const options = { alg: 'ES256', accessOverlapMs: 2 * HOUR } as const;
    const changed = tokensOf(Keyring.from(await ensureAccessAlgorithm(keyring.file, NOW, options)));
    const algOf = (at: number): string => decodeProtectedHeader(changed.issue(granted, at).token).alg!;
    expect([algOf(NOW), algOf(NOW + 69_999), algOf(NOW + 70_000)]).toEqual(['EdDSA', 'EdDSA', 'ES256']);
    expect(await changed.verify(token, NOW + 100_000)).toMatchObject({ outcome: 'valid' });
  });

  it('verify by a rotated key until it has retired', async () => {
    const { token } = access.issue({ ...granted, sessionEndsAt: NOW + 100 * HOUR }, NOW);
    const overlaps = { overlapMs: HOUR, accessOverlapMs: HOUR / 2, mailOverlapMs: HOUR };
    const rotated = tokensOf(Keyring.from(await rotateKeys(keyring.file, NOW, { alg: 'EdDSA', ...overlaps })));
    const end = NOW + 70_000 + HOUR / 2;
    expect(await rotated.verify(token, end - 1)).toMatchObject({ outcome: 'valid' });
    expect(await rotated.verify(token, end)).toEqual({ outcome: 'invalid' });
  });

  it('are refused if anything about them is not as it should be', async () => {
    const { kid, key } = keyring.accessKeyAt(NOW);
    const good = payloadOf(access.issue(granted, NOW).token);
    const signWith = (payload: object, header: object, signer: Parameters<SignJWT['sign']>[0] = key): Promise<string> =>
      new SignJWT({ ...good, ...payload }).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid, ...header }).sign(signer);
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const es = await generateKeyPair('ES256');
    const publicJwk = keyring.jwks(NOW).keys[0]!;
    const asSecret = createSecretKey(Buffer.from(publicJwk.x!, 'base64url'));
    const refused = {
      'of another type': await signWith({}, { typ: 'JWT' }),
      'without an issuer': await signWith({ iss: undefined }, {}),
      'for another audience': await signWith({ aud: 'other' }, {}),
      'without a session': await signWith({ sid: undefined }, {}),
      'with a session that is no text': await signWith({ sid: 7 }, {}),
      'without roles': await signWith({ roles: undefined }, {}),
      'with a role that is no text': await signWith({ roles: [1] }, {}),
      'with another confirmation': await signWith({ cnf: { kid: 'x' } }, {}),
      'without an end': await signWith({ exp: undefined }, {}),
      'of an unknown key': await signWith({}, { kid: 'other' }),
      'without a key id': await signWith({}, { kid: undefined }),
      'of a stranger': await signWith({}, {}, stranger.privateKey),
      'of another algorithm than the key': await signWith({}, { alg: 'ES256' }, es.privateKey),
      unsigned: `${encoded({ alg: 'none', typ: 'at+jwt', kid })}.${encoded(good)}.`,
      'signed with the public key as a secret': await signWith({}, { alg: 'HS256' }, asSecret),
      'with another spelling of its signature': respelt(await signWith({}, {})),
      'with padding': `${await signWith({}, {})}==`,
      'too long': 'x'.repeat(5_000),
    };
    expect(await access.verify(await signWith({}, {}), NOW)).toMatchObject({ outcome: 'valid' });
    expect(await access.verify(await signWith({}, { alg: 'Ed25519' }), NOW)).toMatchObject({ outcome: 'valid' });
    for (const [why, token] of Object.entries(refused))
      expect([why, await access.verify(token, NOW)]).toEqual([why, { outcome: 'invalid' }]);
  });

  it('any text is answered, never thrown at', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
        expect(await access.verify(parts.join('.'), NOW)).toEqual({ outcome: 'invalid' });
      }),
    );
  });
});
