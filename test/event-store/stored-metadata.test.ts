import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../../src/event-store/canonical-json.js';
import { parseMetadata } from '../../src/event-store/stored-metadata.js';

const MAC = `key-1.${'m'.repeat(43)}`;
const usual = {
  actor: 'user',
  correlationId: 'c-1_x',
  mac: MAC,
  occurredAt: '2026-01-31T12:00:00.000Z',
  schemaVersion: '1',
};

describe('metadata as they are stored', () => {
  it.each([
    ['usual ones', usual],
    ['a trace', { ...usual, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }],
    ['an actor with letters of its own', { ...usual, actor: 'operator:Zoë 𝒵' }],
    ['an actor with something to escape', { ...usual, actor: 'operator:"\\\n' }],
    ['a member of a later version', { ...usual, zone: 'x' }],
  ])('are read, and their text without the MAC is the canonical one: %s', (_, metadata) => {
    const { mac, ...rest } = metadata;
    const parsed = parseMetadata(canonicalJson({ ...rest, mac }));
    expect(parsed).toMatchObject({
      actor: metadata.actor,
      correlationId: 'c-1_x',
      occurredAt: Date.parse(usual.occurredAt),
      schemaVersion: 1,
      mac: { kid: 'key-1' },
      withoutMac: canonicalJson(rest),
    });
  });

  const text = canonicalJson(usual);
  it.each([
    ['blanks', text.replace(':', ': ')],
    ['another order', `{"correlationId":"c","actor":"user",${text.slice(text.indexOf('"mac"'))}`],
    ['the MAC at another place', `${text.replace(`"mac":"${MAC}",`, '').slice(0, -1)},"mac":"${MAC}"}`],
    ['a character written as an escape', text.replace('user', '\\u0075ser')],
    ['a raw control character', text.replace('user', 'us\ner')],
    ['a lone surrogate', text.replace('user', 'us\ud800er')],
    ['a member twice', text.replace('{', '{"actor":"admin",')],
    ['a number', text.replace('"1"', '1')],
    ['no MAC', text.replace(`"mac":"${MAC}",`, '')],
    ['a MAC of another form', text.replace(MAC, 'key-1.m')],
    ['a version that is none', text.replace('"1"', '"01"')],
    ['no instant', text.replace('2026', 'x')],
    ['something behind it', `${text} `],
  ])('are refused with %s', (_, wrong) => {
    expect(parseMetadata(wrong)).toBeNull();
  });
});
