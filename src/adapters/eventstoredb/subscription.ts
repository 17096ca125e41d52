import { START, type ReadPosition } from '@eventstore/db-client';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import { ForeignPositionError, StoreRefusedError } from '../../event-store/errors.js';
import type { RecordedBatch, SubscribeOptions } from '../../event-store/event-store.js';
import type { LastEvent, Position } from '../../event-store/position.js';
import { BackOff, sleep } from '../../event-store/waiting.js';
import type { Connection } from './connection.js';
import { asPortError } from './errors.js';
import { LiveSubscription } from './live-subscription.js';
import type { LogPages } from './log-pages.js';
import { logPosition } from './positions.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
// So many events are read before the subscription takes over, from the last of them.
const FIRST_PAGE = 100;
// So often the server is asked whether it still lets us read. Left to itself, a connection that goes quiet is noticed after many seconds
// only, and a server that has begun to refuse us lets a subscription of before go on.
const ASK_MS = 2_000;

/** What a subscription stands on. */
export interface SubscribedLog {
  readonly connection: Connection;
  readonly pages: LogPages;
}

/**
 * The log from a position on, over as many connections as it takes: when one fails, the next begins after what was delivered
 * last, so nothing is left out or delivered twice. Rejects only for what would fail again. A refusal is waited out as well: a
 * right can be given while the process runs.
 */
export async function* subscribe(log: SubscribedLog, options: SubscribeOptions): AsyncGenerator<RecordedBatch> {
  const { signal, onConnection } = options;
  const reached: Reached = { position: options.after, lastEvent: options.lastEvent ?? null };
  const backOff = new BackOff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
  while (!signal.aborted) {
    try {
      for await (const batch of connect(log, options, reached)) {
        backOff.reset();
        yield batch;
      }
    } catch (error) {
      const failure = asPortError(error, { user: log.connection.user, right: 'read $all' });
      const isWaitedFor = failure instanceof StoreUnavailableError || failure instanceof StoreRefusedError;
      if (!isWaitedFor) throw failure;
      onConnection?.('waiting', failure);
    }
    await sleep(backOff.next(), signal);
  }
}

/** What comes over one connection, as far as it was not delivered before. */
async function* connect(
  { connection, pages }: SubscribedLog,
  { streamPrefixes, signal, onConnection }: SubscribeOptions,
  reached: Reached,
): AsyncGenerator<RecordedBatch> {
  const { current } = connection;
  let isReported = false;
  const connected = (): void => {
    if (!isReported) onConnection?.('connected');
    isReported = true;
  };
  let fromPosition: ReadPosition = START;
  const begin = reached.lastEvent?.position ?? reached.position;
  if (begin !== null) {
    const { batch, last } = await firstPage(pages, begin, reached);
    fromPosition = logPosition(last);
    connected();
    const events = batch.events.filter((event) => isWanted(event.stream, streamPrefixes));
    if (isNew({ ...batch, events }, reached)) yield { ...batch, events };
  }
  const live = new LiveSubscription(current, { fromPosition, streamPrefixes: streamPrefixes ?? null }, connection.heard);
  const watch = setInterval(() => {
    pages.ping().catch((error: unknown) => {
      if (error instanceof StoreRefusedError) live.end(error);
    });
  }, ASK_MS);
  try {
    for await (const batch of live.batches(signal, connected)) if (isNew(batch, reached)) yield batch;
  } finally {
    clearInterval(watch);
    live.close();
  }
}

/**
 * Reads forwards from where the log was delivered to. A subscription may begin only at an event that was just read: where one was
 * scavenged meanwhile, servers take the next one for it and leave that out.
 */
async function firstPage(
  pages: LogPages,
  begin: Position,
  { lastEvent }: Reached,
): Promise<{ readonly batch: RecordedBatch; readonly last: Position }> {
  const page = await pages.from(begin, FIRST_PAGE);
  // The log ends before it, or no event ever began there.
  if (page === null) throw new ForeignPositionError(begin);
  if (lastEvent !== null && page.eventId !== null && page.eventId !== lastEvent.eventId)
    throw new ForeignPositionError(begin);
  return { batch: { events: page.events, position: page.last }, last: page.last };
}

function isWanted(stream: string, streamPrefixes: readonly string[] | undefined): boolean {
  return streamPrefixes === undefined || streamPrefixes.some((prefix) => stream.startsWith(prefix));
}

/** How far the log was delivered, and the last event of that. */
interface Reached {
  position: Position | null;
  lastEvent: LastEvent | null;
}

/**
 * Whether a batch reaches further than those before it, which is noted then. Throws `ForeignPositionError` if it holds an event
 * between the last one and where the log was delivered to: in the same log there is none.
 */
function isNew({ events, position }: RecordedBatch, reached: Reached): boolean {
  const { position: end, lastEvent } = reached;
  if (end !== null) {
    const isForeign = (at: Position): boolean => lastEvent !== null && at > lastEvent.position && at <= end;
    if (events.some((event) => isForeign(event.position))) throw new ForeignPositionError(end);
    if (position <= end) return false;
  }
  reached.position = position;
  const last = events.at(-1);
  if (last !== undefined) reached.lastEvent = { position: last.position, eventId: last.id };
  return true;
}
