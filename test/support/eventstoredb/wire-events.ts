import type { StreamIdentifier } from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq, BatchAppendReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { EventMetadata } from '../../../src/domain/event.js';
import type { EventToAppend, RecordedEvent } from '../../../src/event-store/event-store.js';
import { wirePosition } from './wire-positions.js';

// .NET counts time in 100 nanoseconds.
const TICKS_PER_MILLISECOND = 10_000n;

export function identifierOf(stream: string): StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
}

export function nameOf(identifier: StreamIdentifier | undefined): string {
  return Buffer.from(identifier!.getStreamName_asU8()).toString();
}

/** An event as a client proposes it. */
export function eventOf(proposed: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): EventToAppend {
  const metadata = Buffer.from(proposed.getCustomMetadata_asU8()).toString();
  return {
    id: proposed.getId()!.getString(),
    type: proposed.getMetadataMap().get('type') ?? '',
    data: JSON.parse(Buffer.from(proposed.getData_asU8()).toString()) as object,
    metadata: JSON.parse(metadata === '' ? '{}' : metadata) as EventMetadata,
  };
}

/** An event as a reader gets it. */
export function readEvent(event: RecordedEvent): ReadResp {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(identifierOf(event.stream))
    .setStreamRevision(String(event.revision))
    .setCommitPosition(wirePosition(event.position))
    .setPreparePosition(wirePosition(event.position))
    .setData(Buffer.from(JSON.stringify(event.data)))
    .setCustomMetadata(Buffer.from(JSON.stringify(event.metadata)));
  const ticks = BigInt(Date.parse(event.metadata.occurredAt) || 0) * TICKS_PER_MILLISECOND;
  recorded.getMetadataMap().set('type', event.type).set('content-type', 'application/json').set('created', String(ticks));
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(wirePosition(event.position));
  return new streams.ReadResp().setEvent(read);
}
