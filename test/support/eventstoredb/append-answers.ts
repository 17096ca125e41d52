import { status, type sendUnaryData } from '@grpc/grpc-js';
import type { Message } from 'google-protobuf';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import type {
  AppendReq as AppendRequest,
  AppendResp as AppendResponse,
  BatchAppendReq as BatchRequest,
  BatchAppendResp as BatchResponse,
} from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  AppendTooLargeError,
  MAX_APPEND_BYTES,
  StreamDestroyedError,
  WrongExpectedRevisionError,
} from '../../../src/event-store/errors.js';
import type { AppendResult, ExpectedRevision } from '../../../src/event-store/event-store.js';
import { exception } from './node.js';
import { wirePosition } from './wire-positions.js';

/** How newer servers refuse a single event; the client knows no type for it. */
export class EventTooLargeError extends Error {}

export function expectedByOne(options: AppendRequest.Options): ExpectedRevision {
  if (options.hasRevision()) return Number(options.getRevision());
  if (!options.hasNoStream()) throw new Error('an append without an expectation is not served here');
  return 'no_stream';
}

export function expectedByBatch(options: BatchRequest.Options): ExpectedRevision {
  if (options.hasStreamPosition()) return Number(options.getStreamPosition());
  if (!options.hasNoStream()) throw new Error('an append without an expectation is not served here');
  return 'no_stream';
}

export function succeeded({ revision, position }: AppendResult): AppendResponse {
  const place = new streams.AppendResp.Position()
    .setCommitPosition(wirePosition(position))
    .setPreparePosition(wirePosition(position));
  return new streams.AppendResp().setSuccess(
    new streams.AppendResp.Success().setCurrentRevision(String(revision)).setPosition(place),
  );
}

export function succeededInBatch({ revision, position }: AppendResult): BatchResponse.Success {
  const place = new shared.AllStreamPosition()
    .setCommitPosition(wirePosition(position))
    .setPreparePosition(wirePosition(position));
  return new streams.BatchAppendResp.Success().setCurrentRevision(String(revision)).setPosition(place);
}

export function answerFailure(error: unknown, answer: sendUnaryData<AppendResponse>): void {
  if (error instanceof WrongExpectedRevisionError) {
    const wrong = new streams.AppendResp.WrongExpectedVersion();
    if (error.actual === 'no_stream') wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentRevision(String(error.actual));
    if (error.expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
    else wrong.setExpectedRevision(String(error.expected));
    answer(null, new streams.AppendResp().setWrongExpectedVersion(wrong));
  } else if (error instanceof AppendTooLargeError) {
    const more = { 'maximum-append-size': String(MAX_APPEND_BYTES) };
    answer(exception(status.INVALID_ARGUMENT, 'maximum-append-size-exceeded', more));
  } else if (error instanceof EventTooLargeError) {
    answer({ code: status.INVALID_ARGUMENT, details: error.message });
  } else if (error instanceof StreamDestroyedError) {
    answer(exception(status.FAILED_PRECONDITION, 'stream-deleted', { 'stream-name': error.stream }));
  } else {
    answer({ code: status.UNKNOWN, details: String(error) });
  }
}

export function failedInBatch(error: unknown): Status {
  const failed = new statuses.Status();
  const pack = (message: Message, name: string): Status => {
    const details = new any.Any();
    details.pack(message.serializeBinary(), `event_store.client.${name}`);
    return failed.setDetails(details);
  };
  if (error instanceof WrongExpectedRevisionError) {
    const wrong = new shared.WrongExpectedVersion();
    if (error.actual === 'no_stream') wrong.setCurrentNoStream(new empty.Empty());
    else wrong.setCurrentStreamRevision(String(error.actual));
    if (error.expected === 'no_stream') wrong.setExpectedNoStream(new empty.Empty());
    else wrong.setExpectedStreamPosition(String(error.expected));
    return pack(wrong, 'WrongExpectedVersion');
  }
  if (error instanceof AppendTooLargeError)
    return pack(new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES), 'MaximumAppendSizeExceeded');
  return pack(new shared.Unknown(), 'Unknown');
}
