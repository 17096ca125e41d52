import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DomainEvent, EventType } from '../../src/domain/event.js';
import { ACCOUNT_FIELDS } from '../../src/domain/event-format/account-fields.js';
import { decodeEvent, encodeEvent, UnknownEventError, type EventToDecode } from '../../src/domain/event-format/codec.js';
import { FAMILY_FIELDS } from '../../src/domain/event-format/family-fields.js';
import { MalformedEventError, type Field, type WireData } from '../../src/domain/event-format/field.js';
import { FORMATS } from '../../src/domain/event-format/formats.js';
import { anyEvent, EVENT_TYPES } from '../support/arbitrary-events.js';
import { FamilyHistory } from '../support/family-history.js';

/** What a store gives back. The envelope of an event that issues a token is the token's own id, time and revision. */
function written(event: DomainEvent): EventToDecode {
  const { schemaVersion, data } = encodeEvent(event);
  const token = 'family' in event.data ? event.data.family.token : null;
  return {
    stream: FORMATS[event.type].stream,
    type: event.type,
    schemaVersion,
    data: JSON.parse(JSON.stringify(data)) as WireData,
    id: token?.jti ?? 'an id',
    occurredAt: token?.tokenIssuedAt ?? 0,
    revision: token?.revision ?? 0,
  };
}

function issued(): EventToDecode {
  const device = new FamilyHistory();
  device.signIn();
  return written(device.events[0]!);
}

describe('the format of events', () => {
  it.each(EVENT_TYPES)('%s is read as it was written', (type) => {
    fc.assert(
      fc.property(anyEvent(type), (event) => expect(decodeEvent(written(event))).toEqual(event)),
      { numRuns: 200 },
    );
  });

  it.each(EVENT_TYPES)('%s says nothing twice, leaves out what says nothing, and has its members in order', (type) => {
    fc.assert(
      fc.property(anyEvent(type), (event) => {
        const { data } = encodeEvent(event);
        // In the order of canonical JSON (RFC 8785 §3.2.3).
        expect(Object.keys(data)).toEqual(Object.keys(data).sort());
        for (const value of Object.values(data)) expect([null, undefined, false, '']).not.toContain(value);
        const issues = FORMATS[type].carries === 'family, issues';
        for (const field of [FAMILY_FIELDS.jti, FAMILY_FIELDS.tokenIssuedAt, FAMILY_FIELDS.revision])
          if (issues) expect(data).not.toHaveProperty(field.wire);
      }),
      { numRuns: 50 },
    );
  });

  it('gives each field of an event a name of its own', () => {
    for (const [type, { carries, fields }] of Object.entries(FORMATS)) {
      const snapshot: Readonly<Record<string, Field>> =
        carries === null ? {} : carries === 'account' ? ACCOUNT_FIELDS : FAMILY_FIELDS;
      const names = [...Object.values(snapshot), ...Object.values(fields)].map(({ wire }) => wire);
      expect({ type, twice: names.filter((name, index) => names.indexOf(name) !== index) }).toEqual({ type, twice: [] });
    }
  });

  it.each<[string, Partial<EventToDecode>]>([
    ['a type that is not ours', { type: 'TokenStolen' }],
    ['a type that every object has', { type: 'constructor' }],
    ['a newer version', { schemaVersion: 2 }],
    ['a version that never was', { schemaVersion: 0 }],
    ['a type of another stream', { stream: 'user' }],
  ])('refuses %s as unknown', (_, change) => {
    expect(() => decodeEvent({ ...issued(), ...change })).toThrow(UnknownEventError);
  });

  it.each<[string, WireData]>([
    ['no session id', { sid: undefined }],
    ['a session id that is none', { sid: 'SID' }],
    ['a generation below zero', { gen: -1 }],
    ['a generation that is a text', { gen: '0' }],
    ['half an instant', { auth: 0.5 }],
    ['an instant that no date can hold', { idle: 8.64e15 + 1 }],
    ['a flag that is false', { again: false }],
    ['an empty text', { kid: '' }],
    ['a list that is none', { catt: 'attempt' }],
    ['a list of something else', { ctag: [1] }],
    ['a null', { att: null }],
    ['a key without the generation that bound it', { jkt: 'thumbprint' }],
    ['a client without the generation of its adoption', { cid: 'app' }],
  ])('refuses a family with %s', (_, change) => {
    const read = issued();
    expect(() => decodeEvent({ ...read, data: { ...read.data, ...change } })).toThrow(MalformedEventError);
  });

  it.each<[EventType, WireData]>([
    ['AllTokensRevoked', { reason: 'mood' }],
    ['RoleGranted', { role: 'root' }],
    ['RoleRevoked', { roles: ['root'] }],
    ['UserErased', { status: 'gone' }],
    ['EmailVerified', { kept: '00000000-0000-4000-8000-000000000001', kepoch: undefined }],
    ['PasswordChanged', { reset: '00000000-0000-4000-8000-000000000001', reset_at: undefined }],
    ['MailSent', { outcome: 'lost' }],
    ['EventsArchived', { streams: ['text'] }],
    ['EmailClaimed', { user: 'somebody' }],
  ])('refuses a %s with %j', (type, change) => {
    const [event] = fc.sample(anyEvent(type), { numRuns: 1, seed: 7 });
    const read = written(event!);
    expect(() => decodeEvent({ ...read, data: { ...read.data, ...change } })).toThrow(MalformedEventError);
  });
});
