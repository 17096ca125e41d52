import { status, type handleServerStreamingCall } from '@grpc/grpc-js';
import type { ReadReq as ReadRequest, ReadResp as ReadResponse } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { EventStore, RecordedEvent } from '../../../src/event-store/event-store.js';
import { positionOf } from '../../../src/event-store/position.js';
import { newestPosition } from './newest-position.js';
import { refusal, type Node } from './node.js';
import { send, type ReadCall } from './send.js';
import { sendSubscription } from './subscribe.js';
import { identifierOf, nameOf, readEvent } from './wire-events.js';
import { before } from './wire-positions.js';

/** Reads of a stream, reads of all, and subscriptions to all are one call of the protocol. */
export function read(node: Node): handleServerStreamingCall<ReadRequest, ReadResponse> {
  return (call) => {
    const refused = refusal(node, call.metadata);
    if (refused !== null) {
      call.emit('error', refused);
      return;
    }
    answer(node.store, call).then(
      () => call.end(),
      (error: unknown) => call.emit('error', { code: status.UNKNOWN, details: String(error) }),
    );
  };
}

async function answer(store: EventStore, call: ReadCall): Promise<void> {
  const options = call.request.getOptions()!;
  if (options.hasSubscription()) return sendSubscription(store, call, options);
  const events = options.hasStream() ? await ofStream(store, call, options) : await ofAll(store, options);
  for (const event of events) await send(call, readEvent(event));
}

async function ofStream(
  store: EventStore,
  call: ReadCall,
  options: ReadRequest.Options,
): Promise<readonly RecordedEvent[]> {
  const asked = options.getStream()!;
  const stream = nameOf(asked.getStreamIdentifier());
  const from = asked.hasRevision() ? { from: Number(asked.getRevision()) } : {};
  const events = await store.readStream(stream, {
    ...from,
    direction: isBackwards(options) ? 'backwards' : 'forwards',
    maxCount: Number(options.getCount()),
  });
  if (events.length === 0 && (await store.readStream(stream, { maxCount: 1 })).length === 0) {
    const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(stream));
    await send(call, new streams.ReadResp().setStreamNotFound(missing));
  }
  return events;
}

async function ofAll(store: EventStore, options: ReadRequest.Options): Promise<readonly RecordedEvent[]> {
  const asked = options.getAll()!;
  const maxCount = Number(options.getCount());
  if (isBackwards(options)) {
    if (!asked.hasEnd()) throw new Error('backwards from a position is not served here');
    const after = Math.max(0, Number(await newestPosition(store)) - maxCount);
    return (await store.readAll({ after: positionOf(after), maxCount })).toReversed();
  }
  const from = asked.getPosition();
  return store.readAll({ maxCount, ...(from === undefined ? {} : { after: before(from.getCommitPosition()) }) });
}

function isBackwards(options: ReadRequest.Options): boolean {
  return options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
}
