/** The forms of the records are fixed: MACs and proofs of years depend on every byte. */
import { expect, it } from '@jest/globals';
import { createHmac, createSecretKey } from 'node:crypto';
import { contentDigest, leafRecord, macRecord } from '../../src/event-store/event-record.js';
import { isMacOf, macOf, parseMac } from '../../src/event-store/integrity.js';

const EVENT = {
  stream: 'tokenledger_user-0b5c6a52-6f0e-4f5e-9d8c-0f5e7a3b9c11',
  revision: 12,
  id: '6f1c1a52-6f0e-4f5e-9d8c-0f5e7a3b9c22',
  type: 'EmailVerified',
  data: '{"epoch":0,"status":"active"}',
  metadata: '{"actor":"user","mac":"k.x","occurredAt":"2026-01-31T12:00:00.000Z"}',
};
const WITHOUT_MAC = '{"actor":"user","occurredAt":"2026-01-31T12:00:00.000Z"}';

it('the leaf names stream, revision, id and type, and the digests of what is stored', () => {
  expect(leafRecord(EVENT)).toBe(
    [
      'tokenledger-leaf-v1',
      EVENT.stream,
      '12',
      EVENT.id,
      'EmailVerified',
      // By another program.
      '4fda7d4fefe60644a5c588022e0640c8515e7037db4e44396bfcc49f3ea07853',
      'e38d1eebea257991c0a1f6f62d2814112388ec09b5d5b766d45debfb8407f27c',
      '',
    ].join('\n'),
  );
  expect(contentDigest(EVENT)).toBe('cb1b5176ebb23468666223ad37d82ed42732fb030c89aa7ba4b7d9db9ffd2c7b');
});

it('the MAC covers the history, the place, the type and the texts, metadata without the MAC', () => {
  const key = createSecretKey(Buffer.alloc(32, 7));
  const lines = ['tokenledger-mac-v1', 'history', EVENT.stream, '12', EVENT.id, 'EmailVerified', EVENT.data, WITHOUT_MAC];
  expect(macRecord(EVENT, 'history', WITHOUT_MAC)).toBe(`${lines.join('\n')}\n`);
  const expected = createHmac('sha256', Buffer.alloc(32, 7))
    .update(`${lines.join('\n')}\n`)
    .digest('base64url');
  const mac = macOf({ ...EVENT, metadata: WITHOUT_MAC }, 'history', { kid: 'kid_1', key });
  expect(mac).toBe(`kid_1.${expected}`);
  const proof = { historyId: 'history', metadataWithoutMac: WITHOUT_MAC, key };
  expect(isMacOf(parseMac(mac)!, EVENT, proof)).toBe(true);
  for (const other of [
    { ...EVENT, stream: `${EVENT.stream}x` },
    { ...EVENT, revision: 13 },
    { ...EVENT, id: EVENT.id.replace('6', '7') },
    { ...EVENT, type: 'UserErased' },
    { ...EVENT, data: '{}' },
    // A line feed inside a field makes no other event of the same record.
    { ...EVENT, type: `EmailVerified\n${EVENT.data}`, data: WITHOUT_MAC },
  ])
    expect(isMacOf(parseMac(mac)!, other, proof)).toBe(false);
  expect(isMacOf(parseMac(mac)!, EVENT, { ...proof, historyId: 'another' })).toBe(false);
});

it.each(['', 'kid', 'kid.', '.abc', `kid.${'a'.repeat(42)}`, `kid.${'a'.repeat(44)}`, `k d.${'a'.repeat(43)}`, 7, null])(
  'what has not the form of a MAC is none: %s',
  (text) => {
    expect(parseMac(text)).toBeNull();
  },
);
