import { Metadata, status } from '@grpc/grpc-js';
import type { EventStore } from '../../../src/event-store/event-store.js';

/** An address that clients reach. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What the services of one server share, and what tests may do to it while it runs. */
export interface Node {
  readonly store: EventStore;
  /** The members of its cluster, the leader first. */
  members: readonly Endpoint[];
  /** Who leads, if it is not this one: it then refuses what needs the leader. */
  leader: Endpoint | null;
  /** The `authorization` that every call must bear, or null if anybody may do anything. */
  authorization: string | null;
  /** Runs when an append is stored and not answered yet. */
  afterAppend: (() => Promise<void>) | null;
}

/** Why a call is not answered, if it is not. */
export function refusal(node: Node, metadata: Metadata): { code: status; metadata: Metadata } | null {
  if (node.authorization !== null && metadata.get('authorization')[0] !== node.authorization)
    return { code: status.UNAUTHENTICATED, metadata: new Metadata() };
  if (node.leader !== null && metadata.get('requires-leader')[0] === 'true') {
    const details = new Metadata();
    details.set('exception', 'not-leader');
    details.set('leader-endpoint-host', node.leader.address);
    details.set('leader-endpoint-port', String(node.leader.port));
    return { code: status.NOT_FOUND, metadata: details };
  }
  return null;
}
