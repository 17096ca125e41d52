import { status, type handleBidiStreamingCall, type handleClientStreamingCall } from '@grpc/grpc-js';
import type {
  AppendReq as AppendRequest,
  AppendResp as AppendResponse,
  BatchAppendReq as BatchRequest,
  BatchAppendResp as BatchResponse,
} from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { AppendResult, ExpectedRevision, StoredEvent } from '../../../src/event-store/event-store.js';
import { denial, refusal, type Node } from './node.js';
import {
  answerFailure,
  EventTooLargeError,
  expectedByBatch,
  expectedByOne,
  failedInBatch,
  succeeded,
  succeededInBatch,
} from './append-answers.js';
import { eventOf, identifierOf, nameOf } from './wire-events.js';

interface Append {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: StoredEvent[];
}

/** One call an append. */
export function append(node: Node): handleClientStreamingCall<AppendRequest, AppendResponse> {
  return (call, answer) => {
    if (node.silent) return;
    const refused = refusal(node, call.metadata) ?? denial(node, 'append');
    if (refused !== null) {
      answer(refused);
      return;
    }
    let appending: Append | null = null;
    call.on('data', (request: AppendRequest) => {
      const options = request.getOptions();
      if (options !== undefined)
        appending = { stream: nameOf(options.getStreamIdentifier()), expected: expectedByOne(options), events: [] };
      const proposed = request.getProposedMessage();
      if (proposed !== undefined) appending?.events.push(eventOf(proposed));
    });
    call.on('end', () => {
      if (appending === null) {
        answer({ code: status.INVALID_ARGUMENT });
        return;
      }
      carryOut(node, appending).then(
        (result) => answer(null, succeeded(result)),
        (error: unknown) => answerFailure(error, answer),
      );
    });
  };
}

/** Many appends, of many streams, in one call. */
export function batchAppend(node: Node): handleBidiStreamingCall<BatchRequest, BatchResponse> {
  return (call) => {
    if (node.silent) return;
    const refused = refusal(node, call.metadata) ?? denial(node, 'append');
    if (refused !== null) {
      call.emit('error', refused);
      return;
    }
    const appending = new Map<string, Append>();
    call.on('data', (request: BatchRequest) => {
      const correlation = request.getCorrelationId();
      const id = correlation?.getString() ?? '';
      const options = request.getOptions();
      if (options !== undefined)
        appending.set(id, {
          stream: nameOf(options.getStreamIdentifier()),
          expected: expectedByBatch(options),
          events: [],
        });
      const current = appending.get(id)!;
      current.events.push(...request.getProposedMessagesList().map(eventOf));
      if (!request.getIsFinal()) return;
      appending.delete(id);
      const response = new streams.BatchAppendResp();
      response.setCorrelationId(correlation).setStreamIdentifier(identifierOf(current.stream));
      carryOut(node, current)
        .then(
          (result) => response.setSuccess(succeededInBatch(result)),
          (error: unknown) => response.setError(failedInBatch(error)),
        )
        .then(() => call.write(response))
        .catch((error: unknown) => call.emit('error', error));
    });
    call.on('end', () => call.end());
  };
}

async function carryOut(node: Node, { stream, events, expected }: Append): Promise<AppendResult> {
  const { maxEventBytes } = node;
  const large = events.find(({ data }) => maxEventBytes !== null && Buffer.byteLength(data) > maxEventBytes);
  if (large !== undefined)
    throw new EventTooLargeError(`Event with Id: ${large.id}, exceeds Maximum Append Event Size of ${maxEventBytes}.`);
  const result = await node.store.append(stream, events, expected, { anyText: true });
  await node.afterAppend?.();
  return result;
}
