import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { compactVerify, CompactSign } from 'jose';
import type { FamilySnapshot, RefreshTokenClaims } from '../../src/domain/token-family/snapshot.js';
import type { KeyFile } from '../../src/security/key-file-shape.js';
import { rotateKeys } from '../../src/security/key-rotation.js';
import { Keyring, UnknownKeyError } from '../../src/security/keyring.js';
import { RefreshTokens } from '../../src/security/refresh-token.js';
import { newKeys } from '../support/new-keys.js';
import { respelt } from '../support/respelt.js';

const NOW = Date.parse('2026-01-01T00:00:00.500Z');
const DAY = 86_400_000;

let keys: KeyFile;
let keyId: string;
let now: number;
let refresh: RefreshTokens;
beforeAll(async () => {
  keys = await newKeys(NOW);
  keyId = keys.refresh[0]!.kid;
});
beforeEach(() => {
  now = NOW;
  refresh = new RefreshTokens({ keyring: Keyring.from(keys), now: () => now });
});

const claims = (change: Partial<FamilySnapshot> = {}): RefreshTokenClaims => ({
  userId: randomUUID(),
  deviceId: randomUUID(),
  family: {
    sid: randomUUID(),
    generation: 3,
    epoch: 1,
    familyIssuedAt: NOW - 40 * DAY + 1,
    idleExpiresAt: NOW + 7 * DAY,
    absoluteExpiresAt: NOW + 50 * DAY + 277,
    token: {
      jti: randomUUID(),
      keyId,
      tokenIssuedAt: NOW,
      revision: 4,
      runId: randomUUID(),
      lastContested: null,
      nameRevision: null,
    },
    attempt: null,
    tag: null,
    redelivered: false,
    contested: null,
    binding: null,
    adoption: null,
    remember: true,
    nameRevision: null,
    rotationLimitAt: null,
    ...change,
  },
});

const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const uuid = fc.uuid();
const instant = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') });
const perhaps = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const anyFamily: fc.Arbitrary<Partial<FamilySnapshot>> = fc
  .record({
    generation: count,
    epoch: count,
    familyIssuedAt: instant,
    idleExpiresAt: instant,
    absoluteExpiresAt: instant,
    jti: uuid,
    tokenIssuedAt: instant,
    revision: count,
    runId: words,
    lastContested: perhaps(count),
    attempt: perhaps(words),
    tag: perhaps(words),
    binding: perhaps(fc.record({ jkt: words, generation: count })),
    adoption: perhaps(fc.record({ clientId: words, generation: count })),
    remember: fc.boolean(),
    nameRevision: perhaps(count),
    rotationLimitAt: perhaps(instant),
  })
  .map(({ jti, tokenIssuedAt, revision, runId, lastContested, nameRevision, ...rest }) => ({
    ...rest,
    token: { jti, keyId, tokenIssuedAt, revision, runId, lastContested, nameRevision },
    contested: lastContested === null ? null : { generation: lastContested, holders: [] },
    nameRevision,
  }));

describe('refresh tokens', () => {
  it('say their whole family, and are made again byte for byte', () => {
    fc.assert(
      fc.property(anyFamily, (family) => {
        const whole = claims(family);
        const token = refresh.sign(whole);
        expect(refresh.verify(token)).toEqual(whole);
        expect(refresh.sign(structuredClone(whole))).toBe(token);
      }),
    );
  });

  it('are the same whatever came later: a redelivery, somebody else who was let in, a name', () => {
    const issued = claims();
    const later: Partial<FamilySnapshot> = {
      redelivered: true,
      contested: { generation: 2, holders: [{ attempt: 'a' }, { tag: null }] },
      nameRevision: 5,
    };
    expect(refresh.sign({ ...issued, family: { ...issued.family, ...later } })).toBe(refresh.sign(issued));
  });

  it('are JWTs with standard names, without issuer and audience', async () => {
    const secret = Buffer.from(keys.refresh[0]!.secret, 'base64url');
    const whole = claims();
    const token = refresh.sign(whole);
    const { payload, protectedHeader } = await compactVerify(token, secret);
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'rt+jwt', kid: keyId });
    const said = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
    expect(said).toMatchObject({ sub: whole.userId, sid: whole.family.sid, jti: whole.family.token.jti, iat: NOW / 1000 });
    expect(said.exp).toBe((NOW + 7 * DAY) / 1000);
    expect(said).not.toHaveProperty('iss');
    expect(said).not.toHaveProperty('aud');
    expect(token.length).toBeLessThan(800);
  });

  it('are genuine also once they have expired: the log decides', () => {
    expect(refresh.verify(refresh.sign(claims({ idleExpiresAt: 0 })))).not.toBeNull();
  });

  it('are refused if anything about them is not as it should be', async () => {
    const token = refresh.sign(claims({ binding: { jkt: 'x', generation: 1 } }));
    const [header, payload, mac] = token.split('.') as [string, string, string];
    const good = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const secret = Buffer.from(keys.refresh[0]!.secret, 'base64url');
    const sign = (change: object, fields: object = {}, key: Uint8Array = secret): Promise<string> =>
      new CompactSign(Buffer.from(JSON.stringify({ ...good, ...change })))
        .setProtectedHeader({ alg: 'HS256', typ: 'rt+jwt', kid: keyId, ...fields })
        .sign(key);
    expect(refresh.verify(await sign({}))).not.toBeNull();
    const text = await new CompactSign(Buffer.from('not JSON'))
      .setProtectedHeader({ alg: 'HS256', typ: 'rt+jwt', kid: keyId })
      .sign(secret);
    const refused = [
      await sign({}, { typ: 'at+jwt' }),
      await sign({}, { typ: undefined }),
      await sign({}, { kid: 'other' }),
      await sign({}, { kid: undefined }),
      await sign({}, { extra: 1 }),
      await sign({}, { alg: 'HS512' }, Buffer.concat([secret, secret])),
      await sign({}, {}, Buffer.alloc(32)),
      await sign({ gen: -1 }),
      await sign({ gen: 0.5 }),
      await sign({ gen: '3' }),
      await sign({ rev: undefined }),
      await sign({ run: '' }),
      await sign({ did: 'a.b' }),
      await sign({ sub: 'A'.repeat(36) }),
      await sign({ exp: 1e300 }),
      await sign({ exp: '1' }),
      await sign({ bgen: undefined }),
      await sign({ agen: 1 }),
      await sign({ brief: 'yes' }),
      await sign({ pad: 'x'.repeat(4_096) }),
      text,
      `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'rt+jwt', kid: keyId })).toString('base64url')}.${payload}.`,
      `${header}.${payload}.${respelt(mac)}`,
      `${header}.${payload}`,
      `${header}=.${payload}.${mac}`,
      `${token}.`,
      `${token}x`,
      ` ${token}`,
    ];
    for (const one of refused) expect(refresh.verify(one)).toBeNull();
  });

  it('any text is answered, never thrown at', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        expect(refresh.verify(parts.join('.'))).toBeNull();
      }),
    );
  });

  it('go on by a rotated key until it has retired, for verifying and for making them again', async () => {
    const options = { alg: 'EdDSA', overlapMs: DAY, accessOverlapMs: DAY, mailOverlapMs: DAY } as const;
    const ring = Keyring.from(await rotateKeys(keys, NOW, options));
    const tokens = new RefreshTokens({ keyring: ring, now: () => now });
    const whole = claims();
    const old = refresh.sign(whole);
    expect(tokens.currentKeyId).toBe(keyId);
    now = NOW + 70_000;
    expect(tokens.currentKeyId).not.toBe(keyId);
    now = NOW + 70_000 + DAY - 1;
    expect(tokens.verify(old)).toEqual(whole);
    expect(tokens.sign(whole)).toBe(old);
    now += 1;
    expect(tokens.verify(old)).toBeNull();
    expect(() => tokens.sign(whole)).toThrow(UnknownKeyError);
  });
});
