import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../../src/event-store/canonical-json.js';
import { parseMetadata } from '../../src/event-store/stored-metadata.js';

const METADATA = {
  actor: 'user',
  correlationId: 'c-1',
  mac: `key.${'A'.repeat(43)}`,
  occurredAt: '2026-01-31T12:00:00.000Z',
  schemaVersion: '1',
};

describe('metadata as they are stored', () => {
  it.each([
    {},
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    { actor: 'operator:ä"\\\n' },
    { correlationId: '' },
    { another: 'one' },
  ])('give what they say and their text without the MAC: %j', (change) => {
    const metadata = { ...METADATA, ...change };
    const parsed = parseMetadata(canonicalJson(metadata));
    expect(parsed).toMatchObject({ actor: metadata.actor, correlationId: metadata.correlationId, schemaVersion: 1 });
    expect(parsed!.withoutMac).toBe(canonicalJson({ ...metadata, mac: undefined }));
    expect(parsed!.mac.kid).toBe('key');
  });

  it.each([
    '',
    '{}',
    JSON.stringify({ ...METADATA, schemaVersion: '01' }),
    JSON.stringify({ ...METADATA, occurredAt: 'then' }),
    JSON.stringify({ ...METADATA, mac: 'key' }),
    JSON.stringify({ ...METADATA, schemaVersion: 1 }),
    `${JSON.stringify(METADATA)} `,
    JSON.stringify(Object.fromEntries(Object.entries(METADATA).reverse())),
    JSON.stringify(METADATA).replace('"user"', '"us\\u0065r"'),
  ])('are nothing else: %s', (text) => {
    expect(parseMetadata(text)).toBeNull();
  });
});
