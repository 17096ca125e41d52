import type { Instant } from '../domain/instant.js';
import { tokenStream } from '../domain/streams.js';
import type { EventLog, LogEvent } from '../event-store/event-log.js';
import type { ClientInfo, ClientSealing } from '../security/client-sealing.js';

const PAGE = 100;

export interface HistoryEntry extends ClientInfo {
  readonly type: string;
  readonly occurredAt: Instant;
  readonly generation: number;
  /** Why a family ended: the reason of its revocation, or `idle` or `absolute`; null for other events. */
  readonly reason: string | null;
  /** Whether a token was handed out to a second holder. */
  readonly contested: boolean;
}

/** At most a hundred events of a device, newest first; `next` is where the next page begins, null if there is none. */
export interface HistoryPage {
  readonly events: readonly HistoryEntry[];
  readonly next: number | null;
}

/** What happened on a device, read from the log itself. */
export class DeviceHistory {
  readonly #eventLog: Pick<EventLog, 'readStream'>;
  readonly #clientSealing: ClientSealing;

  constructor(options: { readonly eventLog: Pick<EventLog, 'readStream'>; readonly clientSealing: ClientSealing }) {
    this.#eventLog = options.eventLog;
    this.#clientSealing = options.clientSealing;
  }

  /** The page before a revision (default: the newest). Rejects with `StoreUnavailableError`. */
  async page(device: { readonly userId: string; readonly deviceId: string }, before?: number): Promise<HistoryPage> {
    if (before === 0) return { events: [], next: null };
    const recorded = await this.#eventLog.readStream(tokenStream(device.userId, device.deviceId), {
      direction: 'backwards',
      maxCount: PAGE,
      // A user's own list goes back as far as there is something to be read.
      archived: 'if_there',
      ...(before === undefined ? {} : { from: before - 1 }),
    });
    const events = await Promise.all(recorded.map((event) => this.#entry(device.userId, event)));
    const oldest = recorded.at(-1)?.revision ?? 0;
    return { events, next: oldest > 0 ? oldest : null };
  }

  async #entry(userId: string, { event, occurredAt }: LogEvent<'token'>): Promise<HistoryEntry> {
    const { type, data } = event;
    const client = await this.#clientSealing.open(userId, 'client' in data ? data.client : null);
    const reason = 'reason' in data ? data.reason : 'cause' in data ? data.cause : null;
    const contested = 'contested' in data && data.contested;
    return { type, occurredAt, generation: data.family.generation, reason, contested, ...client };
  }
}
