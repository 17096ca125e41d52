import { randomUUID } from 'node:crypto';
import type { ReadReq as ReadRequest } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { EventStore, RecordedEvent } from '../../../src/event-store/event-store.js';
import type { Position } from '../../../src/event-store/position.js';
import { newestPosition } from './newest-position.js';
import { send, type ReadCall } from './send.js';
import { readEvent } from './wire-events.js';
import { atOrBefore, wirePosition } from './wire-positions.js';

const DEFAULT_WINDOW = 32;

/** Sends the log from after a position on, filtered, with a checkpoint every so many events looked at, until the client leaves. */
export async function sendSubscription(store: EventStore, call: ReadCall, options: ReadRequest.Options): Promise<void> {
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

async function startOf(store: EventStore, all: ReadRequest.Options.AllOptions): Promise<Position | null> {
  if (all.hasEnd()) return newestPosition(store);
  const position = all.getPosition();
  return position === undefined ? null : atOrBefore(position.getCommitPosition());
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
