import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ReadReq as ReadRequest } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { RecordedEvent } from '../../../src/event-store/event-store.js';
import type { Position } from '../../../src/event-store/position.js';
import type { Node } from './node.js';
import type { OperatedStore } from './operated-store.js';
import { send, type ReadCall } from './send.js';
import { readEvent } from './wire-events.js';
import { atOrBefore, wirePosition } from './wire-positions.js';

const DEFAULT_WINDOW = 32;

/** Sends the log from after a position on, filtered, with a checkpoint every so many events looked at, until the client leaves. */
export async function sendSubscription(
  node: Pick<Node, 'store' | 'silent'>,
  call: ReadCall,
  options: ReadRequest.Options,
): Promise<void> {
  const { store } = node;
  const left = new AbortController();
  call.on('cancelled', () => left.abort());
  const filter = options.getFilter();
  const isWanted = wanted(filter);
  const window = filter?.hasMax() === true ? filter.getMax() : DEFAULT_WINDOW;
  const interval = window * Math.max(1, filter?.getCheckpointintervalmultiplier() ?? 1);
  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  await send(call, new streams.ReadResp().setConfirmation(confirmation));
  let lookedAt = 0;
  const after = await startOf(store, options.getAll()!);
  for await (const batch of store.subscribeToAll({ after, signal: left.signal })) {
    for (const event of batch.events) {
      // It stays connected, and says no more.
      if (node.silent) await once(call, 'cancelled');
      if (isWanted(event)) await send(call, readEvent(event));
      lookedAt += 1;
      if (filter === undefined || lookedAt % interval !== 0) continue;
      const checkpoint = new streams.ReadResp.Checkpoint()
        .setCommitPosition(wirePosition(event.position))
        .setPreparePosition(wirePosition(event.position));
      await send(call, new streams.ReadResp().setCheckpoint(checkpoint));
    }
  }
}

async function startOf(store: OperatedStore, all: ReadRequest.Options.AllOptions): Promise<Position | null> {
  if (all.hasEnd()) return (await store.readNewest())?.position ?? null;
  const position = all.getPosition();
  if (position === undefined) return null;
  const after = atOrBefore(position.getCommitPosition());
  if (!store.isScavenged(after)) return after;
  // As a 23.10 server does: it takes the next event that survived for the one that was asked for.
  const [next] = await store.readAll({ after, maxCount: 1 });
  return next?.position ?? after;
}

function wanted(filter: ReadRequest.Options.FilterOptions | undefined): (event: RecordedEvent) => boolean {
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (filter === undefined || expression === undefined) return () => true;
  const prefixes = expression.getPrefixList();
  const pattern = new RegExp(expression.getRegex());
  return ({ stream, type }) => {
    const text = filter.hasStreamIdentifier() ? stream : type;
    return prefixes.length > 0 ? prefixes.some((prefix) => text.startsWith(prefix)) : pattern.test(text);
  };
}
