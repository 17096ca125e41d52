import type { Instant } from '../domain/instant.js';
import { familyEventOf } from '../domain/recorded.js';
import { deviceStream } from '../domain/token-family/events.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { Client, ClientSealing } from '../security/client-sealing.js';

const PAGE = 100;

export interface HistoryEntry extends Client {
  readonly type: string;
  readonly occurredAt: Instant;
  readonly generation: number;
}

/** At most a hundred events of a device, newest first; `next` is where the next page begins, null if there is none. */
export interface HistoryPage {
  readonly events: readonly HistoryEntry[];
  readonly next: number | null;
}

/** What happened on a device, told from the log itself. */
export class DeviceHistory {
  readonly #eventStore: Pick<EventStore, 'readStream'>;
  readonly #clientSealing: ClientSealing;

  constructor(options: { readonly eventStore: Pick<EventStore, 'readStream'>; readonly clientSealing: ClientSealing }) {
    this.#eventStore = options.eventStore;
    this.#clientSealing = options.clientSealing;
  }

  /** The page before a revision (default: the newest). Rejects with `StoreUnavailableError`. */
  async page(device: { readonly userId: string; readonly deviceId: string }, before?: number): Promise<HistoryPage> {
    if (before === 0) return { events: [], next: null };
    const recorded = await this.#eventStore.readStream(deviceStream(device.userId, device.deviceId), {
      direction: 'backwards',
      maxCount: PAGE,
      ...(before === undefined ? {} : { from: before - 1 }),
    });
    const events = await Promise.all(recorded.map((event) => this.#entry(device.userId, event)));
    const oldest = recorded.at(-1)?.revision ?? 0;
    return { events, next: oldest > 0 ? oldest : null };
  }

  async #entry(userId: string, recorded: RecordedEvent): Promise<HistoryEntry> {
    const { type, data } = familyEventOf(recorded);
    const client = await this.#clientSealing.open(userId, 'client' in data ? data.client : null);
    return { type, occurredAt: recorded.metadata.occurredAt, generation: data.generation, ...client };
  }
}
