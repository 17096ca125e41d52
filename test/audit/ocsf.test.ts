/** The export for a SIEM: every record has what its class in OCSF 1.3 requires, and the documentation maps every event. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { exportOcsf } from '../../src/audit/ocsf.js';
import type { DomainEvent, EventType } from '../../src/domain/event.js';
import { FORMATS } from '../../src/domain/event-format/formats.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { anyEvent, EVENT_TYPES } from '../support/arbitrary-events.js';

interface Ocsf {
  readonly activity_id: number;
  readonly class_uid: number;
  readonly type_uid: number;
  readonly severity_id: number;
  readonly status_id: number;
  readonly service: object;
}

/** What OCSF 1.3 requires of class 3002 (Authentication) and of the objects in it, and the recommended members that a SIEM sorts by. */
const AUTHENTICATION = {
  type: 'object',
  required: [
    ...['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid', 'user'],
    ...['status_id', 'activity_name'],
  ],
  // "At least one of these attributes must be present."
  anyOf: [{ required: ['service'] }, { required: ['dst_endpoint'] }],
  properties: {
    activity_id: { enum: [0, 1, 2, 3, 4, 5, 99] },
    category_uid: { const: 3 },
    class_uid: { const: 3002 },
    severity_id: { enum: [0, 1, 2, 3, 4, 5, 6, 99] },
    status_id: { enum: [0, 1, 2, 99] },
    time: { type: 'integer' },
    metadata: {
      type: 'object',
      required: ['version', 'product'],
      properties: {
        version: { const: '1.3.0' },
        product: { type: 'object', required: ['vendor_name', 'name'] },
        // Of these are `time_dt` and `device`.
        profiles: { const: ['datetime', 'host'] },
      },
    },
    user: { type: 'object', required: ['uid'] },
    service: { type: 'object', required: ['name'] },
    session: { type: 'object', required: ['uid'] },
    device: { type: 'object', required: ['type_id', 'uid'] },
    src_endpoint: { type: 'object', required: ['ip'] },
    http_request: { type: 'object', required: ['user_agent'] },
  },
};
const isAuthentication = new Ajv2020({ allErrors: true, strict: false }).compile(AUTHENTICATION);

const isOfUser = (type: EventType): boolean => ['token', 'user'].includes(FORMATS[type].stream);
const TYPES = EVENT_TYPES.filter(isOfUser);
const OPENED: DomainEvent = { type: 'LogOpened', data: { historyId: 'h', issuer: 'https://auth.example.com' } };

const inLog = (event: DomainEvent): LogEvent => {
  const { stream } = FORMATS[event.type];
  const id = stream === 'log' ? { kind: stream } : { kind: stream, userId: randomUUID(), deviceId: randomUUID() };
  const place = { stream: id, revision: 0, position: '7', historyId: 'h' };
  const cause = { id: randomUUID(), occurredAt: 1_700_000_000_000, correlationId: 'c', actor: 'user' as const };
  return { ...place, ...cause, event } as LogEvent;
};

/** The records of a log; `client` is what opens of every sealed client, null after an erasure. */
async function recordsOf(events: readonly DomainEvent[], client: string | null): Promise<Ocsf[]> {
  const page = { events: [OPENED, ...events].map(inLog), position: '9', isEnd: true };
  const context = {
    eventLog: { readAll: () => Promise.resolve(page) },
    sealing: { open: () => Promise.resolve(client) },
  };
  const records: Ocsf[] = [];
  for await (const record of exportOcsf(context, { from: null, to: null })) records.push(record as Ocsf);
  return records;
}

const CLIENT = JSON.stringify({ ip: '192.0.2.1', userAgent: 'agent/1' });

describe('an export for a SIEM', () => {
  it.each(TYPES)('has what the class requires for each %s', async (type) => {
    const anything = fc.tuple(anyEvent(type), fc.constantFrom(CLIENT, null));
    await fc.assert(
      fc.asyncProperty(anything, async ([event, client]) => {
        const [record, ...others] = await recordsOf([event], client);
        expect(others).toEqual([]);
        isAuthentication(record);
        expect(isAuthentication.errors ?? []).toEqual([]);
        expect(record!.type_uid).toBe(record!.class_uid * 100 + record!.activity_id);
        expect(record!.service).toEqual({ name: 'tokenledger', uid: 'https://auth.example.com' });
        // Only a refused token is something that failed.
        expect(record!.status_id).toBe(type === 'TokenReuseDetected' ? 2 : 1);
      }),
      { numRuns: 20 },
    );
  });

  it('is loud about theft alone', async () => {
    for (const type of TYPES) {
      const [event] = fc.sample(anyEvent(type), 1) as [DomainEvent];
      const isTheft = type === 'TokenReuseDetected' || ('reason' in event.data && event.data.reason === 'reuse');
      expect(await recordsOf([event], CLIENT)).toMatchObject([{ severity_id: isTheft ? 4 : 1 }]);
    }
  });

  it('says what was erased, and leaves out what was never recorded', async () => {
    const [event] = fc.sample(anyEvent('TokenRotated'), 1) as [Extract<DomainEvent, { type: 'TokenRotated' }>];
    const sealed: DomainEvent = { ...event, data: { ...event.data, client: 'sealed' } };
    const read = { src_endpoint: { ip: '192.0.2.1' }, http_request: { user_agent: 'agent/1' } };
    expect(await recordsOf([sealed], CLIENT)).toMatchObject([read]);
    const erased = { src_endpoint: { ip: 'erased' }, http_request: { user_agent: 'erased' } };
    expect(await recordsOf([sealed], null)).toMatchObject([erased]);
    const [unknown] = await recordsOf([{ ...event, data: { ...event.data, client: null } }], CLIENT);
    expect(unknown).not.toHaveProperty('src_endpoint');
    expect(unknown).not.toHaveProperty('http_request');
  });

  it('leaves out what happened to no user', async () => {
    const others = EVENT_TYPES.filter((type) => !isOfUser(type)).map((type) => fc.sample(anyEvent(type), 1)[0]!);
    expect(others.length).toBeGreaterThan(5);
    expect(await recordsOf(others, CLIENT)).toEqual([]);
  });

  it('is mapped in the documentation, event by event', async () => {
    const text = readFileSync(new URL('../../../docs/AUDIT.md', import.meta.url), 'utf8').split('\n## OCSF')[1]!;
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    const mapped: string[] = [];
    for (const type of TYPES) {
      const [event] = fc.sample(anyEvent(type), 1) as [DomainEvent];
      const [{ activity_id, type_uid, status_id }] = (await recordsOf([event], CLIENT)) as [Ocsf];
      const row = rows.find((line) => line.split('|')[1]!.includes(`\`${type}\``));
      expect([type, row]).toEqual([type, expect.stringContaining(`| ${activity_id} | ${type_uid} | ${status_id} |`)]);
      mapped.push(type);
    }
    expect(mapped).toHaveLength(19);
  });
});
