import { status, type handleServerStreamingCall } from '@grpc/grpc-js';
import type { ReadReq as ReadRequest, ReadResp as ReadResponse } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { StreamDestroyedError } from '../../../src/event-store/errors.js';
import type { RecordedEvent } from '../../../src/event-store/event-store.js';
import { denial, exception, refusal, type Node } from './node.js';
import { positionOf, type Position } from '../../../src/event-store/position.js';
import type { OperatedStore } from './operated-store.js';
import { send, type ReadCall } from './send.js';
import { sendSubscription } from './subscribe.js';
import { identifierOf, nameOf, readEvent } from './wire-events.js';
import { before, isBetween } from './wire-positions.js';

/** Reads of a stream, reads of all, and subscriptions to all are one call of the protocol. */
export function read(node: Node): handleServerStreamingCall<ReadRequest, ReadResponse> {
  return (call) => {
    if (node.silent) return;
    const right = call.request.getOptions()?.hasAll() === true ? 'read $all' : 'read';
    const refused = refusal(node, call.metadata) ?? denial(node, right);
    if (refused !== null) {
      call.emit('error', refused);
      return;
    }
    answer(node, call).then(
      () => call.end(),
      (error: unknown) => call.emit('error', failureOf(error)),
    );
  };
}

async function answer(node: Node, call: ReadCall): Promise<void> {
  const { store } = node;
  const options = call.request.getOptions()!;
  if (options.hasSubscription()) return sendSubscription(node, call, options);
  const events = options.hasStream() ? await ofStream(store, call, options) : await ofAll(store, options);
  for (const event of events) await send(call, readEvent(event));
}

async function ofStream(
  store: OperatedStore,
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

async function ofAll(store: OperatedStore, options: ReadRequest.Options): Promise<readonly RecordedEvent[]> {
  const asked = options.getAll()!;
  const maxCount = Number(options.getCount());
  const from = asked.getPosition();
  if (from !== undefined && isBetween(from.getCommitPosition())) throw new Error('Unexpected ReadAllResult: Error');
  if (!isBackwards(options))
    return store.readAll({ maxCount, ...(from === undefined ? {} : { after: before(from.getCommitPosition()) }) });
  const end = from === undefined ? null : before(from.getCommitPosition());
  return backwards(store, end ?? (await store.readNewest())?.position ?? null, maxCount);
}

/** Looks back further and further: a large log is not read whole for its newest event. */
async function backwards(store: OperatedStore, end: Position | null, maxCount: number): Promise<readonly RecordedEvent[]> {
  for (let wanted = maxCount; ; wanted *= 4) {
    const after = Number(end ?? 0) - wanted;
    const page = await store.readAll(after > 0 ? { after: positionOf(after) } : {});
    const earlier = page.filter(({ position }) => end === null || position <= end);
    if (after <= 0 || earlier.length >= maxCount) return earlier.slice(-maxCount).toReversed();
  }
}

function failureOf(error: unknown): object {
  if (error instanceof StreamDestroyedError)
    return exception(status.FAILED_PRECONDITION, 'stream-deleted', { 'stream-name': error.stream });
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

function isBackwards(options: ReadRequest.Options): boolean {
  return options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
}
