import { randomUUID } from 'node:crypto';
import type { Position } from '../../src/event-store/position.js';
import { positionOf } from '../../src/event-store/position.js';
import type { AccountDocument, Placed, SessionDocument } from '../../src/read-model/documents.js';

/** A session, active unless said otherwise. */
export function aSession(position: number, change: Partial<SessionDocument> = {}): SessionDocument {
  return {
    id: randomUUID(),
    userId: randomUUID(),
    deviceId: randomUUID(),
    deviceName: null,
    client: 'sealed',
    issuedAt: '2026-01-01T00:00:00.000Z',
    lastUsedAt: '2026-01-01T00:00:00.000Z',
    generation: 0,
    epoch: 0,
    status: 'active',
    endReason: null,
    endsAt: '2026-01-08T00:00:00.000Z',
    absoluteExpiresAt: '2026-04-01T00:00:00.000Z',
    position: positionOf(position),
    ...change,
  };
}

export function anAccount(position: number, change: Partial<AccountDocument> = {}): AccountDocument {
  return {
    id: randomUUID(),
    status: 'active',
    epoch: 0,
    spared: null,
    email: 'sealed',
    name: null,
    emailVerified: false,
    roles: ['user'],
    revokedAt: null,
    registeredAt: '2026-01-01T00:00:00.000Z',
    position: positionOf(position),
    ...change,
  };
}

export const placedSession = (document: SessionDocument): Placed => ({ collection: 'sessions', document });
export const placedAccount = (document: AccountDocument): Placed => ({ collection: 'accounts', document });

/** A batch from one checkpoint to another, both as numbers; 0 is before the first. */
export function aBatch(
  from: number,
  to: number,
  ...documents: readonly Placed[]
): { documents: readonly Placed[]; previousCheckpoint: Position | null; checkpoint: Position } {
  return { documents, previousCheckpoint: from === 0 ? null : positionOf(from), checkpoint: positionOf(to) };
}
