import { randomUUID } from 'node:crypto';
import { positionOf } from '../../src/event-store/position.js';
import {
  streamDocumentId,
  type AccountDocument,
  type Changed,
  type Placed,
  type SessionDocument,
  type StreamDocument,
} from '../../src/read-model/documents.js';
import type { ProjectionTarget } from '../../src/read-model/read-model.js';

export const DAY_MS = 86_400_000;
/** The first instant of these documents. */
export const T0 = Date.parse('2026-01-01T00:00:00Z');

/** A session, active unless said otherwise. */
export function aSession(position: number, change: Partial<SessionDocument> = {}): SessionDocument {
  return {
    id: randomUUID(),
    userId: randomUUID(),
    deviceId: randomUUID(),
    deviceName: null,
    client: 'sealed',
    issuedAt: T0,
    issuedPosition: positionOf(position),
    lastUsedAt: T0,
    generation: 0,
    epoch: 0,
    status: 'active',
    endReason: null,
    endsAt: T0 + 7 * DAY_MS,
    absoluteExpiresAt: T0 + 90 * DAY_MS,
    contestedAt: null,
    historyId: 'history',
    position: positionOf(position),
    ...change,
  };
}

export function anAccount(position: number, change: Partial<AccountDocument> = {}): AccountDocument {
  return {
    id: randomUUID(),
    status: 'active',
    epoch: 0,
    kept: null,
    revocations: [],
    email: 'sealed',
    emailKey: randomUUID(),
    name: null,
    emailVerified: false,
    roles: [],
    registeredAt: T0,
    statusSince: T0,
    position: positionOf(position),
    ...change,
  };
}

/** A device's stream without a trace of theft, unless said otherwise. */
export function aStream(position: number, change: Partial<Omit<StreamDocument, 'id'>> = {}): StreamDocument {
  const { userId = randomUUID(), deviceId = randomUUID() } = change;
  const id = streamDocumentId({ userId, deviceId });
  return { id, userId, deviceId, contested: false, reused: false, position: positionOf(position), ...change };
}

export const placedSession = (document: SessionDocument): Placed => ({ collection: 'sessions', document });
export const placedAccount = (document: AccountDocument): Placed => ({ collection: 'accounts', document });
export const placedStream = (document: StreamDocument): Placed => ({ collection: 'streams', document });

/** Applies documents at the present version, with the checkpoint at a number. */
export async function put(
  target: Pick<ProjectionTarget, 'progress' | 'apply'>,
  checkpoint: number,
  ...documents: readonly Changed[]
): Promise<string> {
  const { version } = await target.progress();
  return target.apply({ documents, version, checkpoint: positionOf(checkpoint), lastEvent: null });
}
