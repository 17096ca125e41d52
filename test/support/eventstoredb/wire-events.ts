import type { StreamIdentifier } from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq, BatchAppendReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { RecordedEvent, StoredEvent } from '../../../src/event-store/event-store.js';
import { wirePosition } from './wire-positions.js';

/** The data of an event that its writer did not declare as JSON. */
export const NO_JSON = '{"no":"JSON"}';

export function identifierOf(stream: string): StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
}

export function nameOf(identifier: StreamIdentifier | undefined): string {
  return Buffer.from(identifier!.getStreamName_asU8()).toString();
}

/** An event as a client proposes it; the server keeps the texts as they are. */
export function eventOf(proposed: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): StoredEvent {
  const metadata = Buffer.from(proposed.getCustomMetadata_asU8()).toString();
  return {
    id: proposed.getId()!.getString(),
    type: proposed.getMetadataMap().get('type') ?? '',
    data: Buffer.from(proposed.getData_asU8()).toString(),
    metadata: metadata === '' ? '{}' : metadata,
  };
}

/** An event as a reader gets it. One whose data say so was not written as JSON. */
export function readEvent(event: RecordedEvent): ReadResp {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(identifierOf(event.stream))
    .setStreamRevision(String(event.revision))
    .setCommitPosition(wirePosition(event.position))
    .setPreparePosition(wirePosition(event.position))
    .setData(Buffer.from(event.data))
    .setCustomMetadata(Buffer.from(event.metadata));
  const contentType = event.data === NO_JSON ? 'application/octet-stream' : 'application/json';
  recorded.getMetadataMap().set('type', event.type).set('content-type', contentType).set('created', '0');
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(wirePosition(event.position));
  return new streams.ReadResp().setEvent(read);
}
