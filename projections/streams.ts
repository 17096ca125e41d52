import type { FamilyEvent } from '../src/domain/token-family/events.js';
import { streamDocumentId, type StreamDocument } from '../src/read-model/documents.js';
import type { LogEvent } from '../src/event-store/event-log.js';
import type { Projection } from './projection.js';

/**
 * Devices' streams → an index of them, one document a stream, kept beyond retention: an audit finds a user's streams by it, and
 * those that hold a trace of theft, without reading the whole log. Rotations do not concern it, so its cost does not grow with them.
 */
export const STREAMS: Projection<'streams', 'token'> = {
  collection: 'streams',
  stream: 'token',
  documentId: (event) => (concerns(event.event) ? streamDocumentId(event.stream) : null),
  reducers: {
    TokenIssued: (document, event) => document ?? begun(event),
    TokenRotated: unchanged,
    TokenRedelivered: (document, event) =>
      event.event.data.contested ? marked(document, event, { contested: true }) : document,
    TokenReuseDetected: (document, event) => marked(document, event, { reused: true }),
    TokenRevoked: unchanged,
    TokenExpired: unchanged,
    DeviceRenamed: unchanged,
  },
};

function concerns({ type, data }: FamilyEvent): boolean {
  return type === 'TokenIssued' || type === 'TokenReuseDetected' || (type === 'TokenRedelivered' && data.contested);
}

function begun({ stream, position }: LogEvent<'token'>): StreamDocument {
  const { userId, deviceId } = stream;
  return { id: streamDocumentId(stream), userId, deviceId, contested: false, reused: false, position };
}

/** The stream with a mark that it did not have; as it was if it had it. */
function marked(
  document: StreamDocument | undefined,
  event: LogEvent<'token'>,
  mark: Partial<Pick<StreamDocument, 'contested' | 'reused'>>,
): StreamDocument {
  // The beginning of the stream may be in an archive.
  const before = document ?? begun(event);
  const after = { ...before, ...mark, position: event.position };
  const isNew = after.contested !== before.contested || after.reused !== before.reused;
  return document === undefined || isNew ? after : document;
}

function unchanged(document: StreamDocument | undefined): StreamDocument | undefined {
  return document;
}
