import { Server, ServerCredentials } from '@grpc/grpc-js';
import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { EventStore } from '../../../src/event-store/event-store.js';
import { append, batchAppend } from './append.js';
import { members, supportedMethods } from './cluster.js';
import type { Node } from './node.js';
import { OperatedStore } from './operated-store.js';
import { read } from './read.js';

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A server that runs. */
export interface EventStoreServer {
  readonly node: Node;
  readonly port: number;
  /** Ends all calls at once and frees the port; the store is left open. */
  stop(): void;
}

/**
 * Serves an event store by the public protocol of EventStoreDB (streams: append, batch append, read, subscriptions to all;
 * server features; gossip) on loopback, as a single node does by default. Nodes of one cluster share an `OperatedStore`.
 */
export async function startEventStoreServer(
  store: EventStore,
  { port = 0, tls }: { port?: number; tls?: Certificate } = {},
): Promise<EventStoreServer> {
  const node: Node = {
    store: store instanceof OperatedStore ? store : new OperatedStore(store),
    ...{ members: [], leader: null, silent: false, authorization: null, denied: [], maxEventBytes: null },
    afterAppend: null,
  };
  const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
  const refused = (call: { emit(event: 'error', error: Error): unknown }): void =>
    void call.emit('error', new Error('not served here'));
  server.addService(streams.StreamsService, {
    read: read(node),
    append: append(node),
    batchAppend: batchAppend(node),
    delete: refused,
    tombstone: refused,
  });
  server.addService(features.ServerFeaturesService, { getSupportedMethods: supportedMethods(node) });
  server.addService(gossip.GossipService, { read: members(node) });
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }]);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, taken) => (error === null ? resolve(taken) : reject(error)));
  });
  node.members = [{ address: '127.0.0.1', port: bound }];
  return { node, port: bound, stop: () => server.forceShutdown() };
}
