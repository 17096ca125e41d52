import { emailStream, streamName, userStream, type StreamId } from '../domain/streams.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';
import type { EventStore } from '../event-store/event-store.js';
import type { UserAuditContext } from './context.js';
import { deviceStreamsOf } from './device-streams.js';
import type { Findings } from './findings.js';
import { inParts } from './stream-events.js';

/** Why a stream that somebody destroyed is a finding, although the log may show its events until they are scavenged. */
export const DESTROYED = 'the stream was destroyed at the store: commands find nothing in it, whatever the log still shows';

/** Finds the streams that somebody destroyed at the store, while the log is read. `order`: see `Findings`. */
export class DestroyedStreams {
  readonly #store: Pick<EventStore, 'isDestroyed'>;
  readonly #findings: Findings;
  #met: string[] = [];

  constructor(store: Pick<EventStore, 'isDestroyed'>, findings: Findings) {
    this.#store = store;
    this.#findings = findings;
  }

  /** The log has an event of this stream, and had none before. */
  meet(stream: string): void {
    if (this.#store.isDestroyed !== undefined) this.#met.push(stream);
  }

  /** Asks the store for the streams that were met since. */
  async look(order: number): Promise<void> {
    const met = this.#met;
    this.#met = [];
    await inParts(met, async (stream) => {
      if ((await this.#store.isDestroyed?.(stream)) !== true) return;
      this.#findings.add(order, 'removed', { stream }, DESTROYED);
    });
  }
}

/** The names of a user's streams that somebody destroyed at the store: of the account, of the address, of the devices. */
export async function destroyedStreamsOf(context: UserAuditContext, userId: string): Promise<readonly string[]> {
  const { eventLog, streamPrefix } = context;
  const own = userStream(userId);
  const [first] = await unlessDestroyed(eventLog.readStream(own, { from: 0, maxCount: 1 }), []);
  const address = first?.event.type === 'UserRegistered' ? [emailStream(first.event.data.emailKey)] : [];
  const streams: readonly StreamId[] = [own, ...address, ...(await deviceStreamsOf(context, userId))];
  // Each of them has had events, and the newest one always stays.
  const newest = await inParts(streams, (stream) => unlessDestroyed(eventLog.readNewest(stream), null));
  return streams.filter((_, index) => newest[index] === null).map((stream) => `${streamPrefix}${streamName(stream)}`);
}
