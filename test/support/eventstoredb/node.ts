import { Metadata, status } from '@grpc/grpc-js';
import type { OperatedStore } from './operated-store.js';

/** An address that clients reach. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What the services of one server share, and what tests may do to it while it runs. */
export interface Node {
  readonly store: OperatedStore;
  /** The members of its cluster as this node knows them, the leader first. */
  members: readonly Endpoint[];
  /** Who leads, if it is not this one: it then refuses what needs the leader. */
  leader: Endpoint | null;
  /** Accepts connections and calls, and never answers: a process that was stopped, or is cut off. */
  silent: boolean;
  /** The `authorization` that every call must bear, or null if anybody may do anything. */
  authorization: string | null;
  /** Which rights users do not have. */
  denied: readonly ('read $all' | 'read' | 'append')[];
  /** The most bytes of one event's data, as newer servers can be configured; null for no bound of its own. */
  maxEventBytes: number | null;
  /** Runs when an append is stored and not answered yet. */
  afterAppend: (() => Promise<void>) | null;
}

/** Why a call is not answered. */
export interface Refusal {
  readonly code: status;
  readonly metadata: Metadata;
  readonly details?: string;
}

/** A refusal by the name that the client knows an error by. */
export function exception(code: status, name: string, more: Readonly<Record<string, string>> = {}): Refusal {
  const metadata = new Metadata();
  metadata.set('exception', name);
  for (const [key, value] of Object.entries(more)) metadata.set(key, value);
  return { code, metadata };
}

/** Why a call is not answered, if it is not. */
export function refusal(node: Node, metadata: Metadata): Refusal | null {
  if (node.authorization !== null && metadata.get('authorization')[0] !== node.authorization)
    return { code: status.UNAUTHENTICATED, metadata: new Metadata() };
  if (node.leader !== null && metadata.get('requires-leader')[0] === 'true') {
    const { address, port } = node.leader;
    const leader = { 'leader-endpoint-host': address, 'leader-endpoint-port': String(port) };
    return exception(status.NOT_FOUND, 'not-leader', leader);
  }
  return null;
}

/** The refusal of a right that the user has not. */
export function denial(node: Node, right: Node['denied'][number]): Refusal | null {
  return node.denied.includes(right) ? exception(status.PERMISSION_DENIED, 'access-denied') : null;
}
