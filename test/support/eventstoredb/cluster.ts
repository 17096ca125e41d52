import type { handleUnaryCall } from '@grpc/grpc-js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import type { Node } from './node.js';

const METHODS = ['read', 'append', 'batchappend'];

/** What the server can do, so that the client knows which calls to use. */
export function supportedMethods(node: Node): handleUnaryCall<Empty, SupportedMethods> {
  return (_, answer) => {
    if (node.silent) return;
    const methods = METHODS.map((method) =>
      new features.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(method),
    );
    answer(null, new features.SupportedMethods().setEventStoreServerVersion('23.10.0').setMethodsList(methods));
  };
}

/** Who belongs to the cluster, so that the client finds the leader. */
export function members(node: Node): handleUnaryCall<Empty, ClusterInfo> {
  return (_, answer) => {
    if (node.silent) return;
    const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
    const list = node.members.map(({ address, port }, index) =>
      new gossip.MemberInfo()
        .setInstanceId(new shared.UUID().setString('00000000-0000-4000-8000-000000000000'))
        .setTimeStamp('0')
        .setState(index === 0 ? LEADER : FOLLOWER)
        .setIsAlive(true)
        .setHttpEndPoint(new gossip.EndPoint().setAddress(address).setPort(port)),
    );
    answer(null, new gossip.ClusterInfo().setMembersList(list));
  };
}
