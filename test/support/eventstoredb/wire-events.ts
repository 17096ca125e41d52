import type { StreamIdentifier } from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq, BatchAppendReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { RecordedEvent, StoredEvent } from '../../../src/event-store/event-store.js';
import { wirePosition } from './wire-positions.js';

/** The data of an event that its writer did not declare as JSON. */
export const NO_JSON = '{"no":"JSON"}';
// What begins the text behind the server that stands for octets, which it keeps as they are.
const OCTETS = 'octets:';

export function identifierOf(stream: string): StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
}

export function nameOf(identifier: StreamIdentifier | undefined): string {
  return Buffer.from(identifier!.getStreamName_asU8()).toString();
}

function textOf(octets: Uint8Array): string {
  return `${OCTETS}${Buffer.from(octets).toString('base64')}`;
}

function octetsOf(text: string): Buffer {
  return text.startsWith(OCTETS) ? Buffer.from(text.slice(OCTETS.length), 'base64') : Buffer.from(text);
}

/** An event as a client proposes it; the server keeps the texts as they are. */
export function eventOf(proposed: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): StoredEvent {
  const isJson = proposed.getMetadataMap().get('content-type') === 'application/json';
  const [data, metadata] = [proposed.getData_asU8(), proposed.getCustomMetadata_asU8()];
  return {
    id: proposed.getId()!.getString(),
    type: proposed.getMetadataMap().get('type') ?? '',
    data: isJson ? Buffer.from(data).toString() : textOf(data),
    metadata: isJson || metadata.length === 0 ? Buffer.from(metadata).toString() : textOf(metadata),
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
    .setData(octetsOf(event.data))
    .setCustomMetadata(octetsOf(event.metadata));
  const contentType =
    event.data === NO_JSON || event.data.startsWith(OCTETS) ? 'application/octet-stream' : 'application/json';
  recorded.getMetadataMap().set('type', event.type).set('content-type', contentType).set('created', '0');
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(wirePosition(event.position));
  return new streams.ReadResp().setEvent(read);
}
