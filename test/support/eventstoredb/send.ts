import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** Sends, once the connection has room for it or is gone. */
export async function send(call: ReadCall, response: ReadResp): Promise<void> {
  if (call.write(response) || call.cancelled) return;
  const settled = new AbortController();
  const options = { signal: settled.signal };
  await Promise.race([once(call, 'drain', options), once(call, 'cancelled', options)]);
  settled.abort();
}
