import { randomBytes, randomUUID } from 'node:crypto';
import { tokenStream } from '../../../src/domain/streams.js';
import type { FamilyEvent } from '../../../src/domain/token-family/events.js';
import type { FamilySnapshot } from '../../../src/domain/token-family/snapshot.js';
import type { NewEvent } from '../../../src/event-store/event-log.js';

export const NOW = Date.parse('2026-01-31T12:00:00.000Z');
const DAY = 86_400_000;

export const freshDevice = (): ReturnType<typeof tokenStream> => tokenStream(randomUUID(), randomUUID());

/** A family in some generation, with as much in it as a browser's has. */
export function aFamily(generation = 0, revision = generation): FamilySnapshot {
  return {
    sid: '0b5c6a52-6f0e-4f5e-9d8c-0f5e7a3b9c11',
    generation,
    epoch: 0,
    familyIssuedAt: NOW,
    idleExpiresAt: NOW + 7 * DAY,
    absoluteExpiresAt: NOW + 90 * DAY,
    token: {
      jti: randomUUID(),
      keyId: randomBytes(9).toString('base64url'),
      tokenIssuedAt: NOW,
      revision,
      runId: `${randomBytes(9).toString('base64url')}.${randomBytes(6).toString('base64url')}`,
      lastContested: null,
      nameRevision: null,
    },
    attempt: generation === 0 ? null : randomBytes(16).toString('base64url'),
    tag: randomBytes(8).toString('base64url'),
    redelivered: false,
    contested: null,
    binding: null,
    adoption: null,
    remember: true,
    nameRevision: null,
    rotationLimitAt: generation === 0 ? null : NOW + 6_000,
  };
}

/** An event to append, of which only what happened matters. */
export function newEvent<E extends FamilyEvent>(event: E, id: string = randomUUID()): NewEvent<E> {
  return { id, occurredAt: NOW, actor: 'user', correlationId: randomBytes(12).toString('base64url'), event };
}

export function issued(): NewEvent<FamilyEvent> {
  return newEvent({ type: 'TokenIssued', data: { family: aFamily(), deviceName: null, client: 'sealed' } });
}

export function rotated(generation: number, client = 'sealed'): NewEvent<FamilyEvent> {
  return newEvent({ type: 'TokenRotated', data: { family: aFamily(generation), client } });
}
