import type { Sealed } from '../domain/event.js';
import { instantOf, type Instant } from '../domain/instant.js';
import type { Position } from '../event-store/position.js';
import type { SessionDocument } from '../read-model/documents.js';
import type { ReadModel } from '../read-model/read-model.js';
import type { Sealing } from '../security/sealing.js';
import { isActive } from './active-session.js';
import type { Client, ClientSealing } from '../security/client-sealing.js';
import { waitForPosition } from './wait-for-position.js';

/** Who asks: a user, in one of their sessions. */
export interface Asker {
  readonly userId: string;
  readonly sid: string;
}

export interface AccountView {
  readonly userId: string;
  /** Null if the user's key is gone. */
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly roles: readonly string[];
}

export interface DeviceView extends Client {
  readonly sid: string;
  readonly deviceId: string;
  readonly deviceName: string | null;
  readonly issuedAt: Instant;
  readonly lastUsedAt: Instant;
  /** When it expires if not used. */
  readonly expiresAt: Instant;
  readonly generation: number;
  /** Whether it is the session that asks. */
  readonly current: boolean;
}

/** What the read model can tell its users. All reject with `StoreUnavailableError` when a store they need is away. */
export class Queries {
  readonly #readModel: ReadModel;
  readonly #sealing: Sealing;
  readonly #clientSealing: ClientSealing;
  readonly #now: () => number;

  /** `now` in milliseconds since 1970. */
  constructor(options: {
    readonly readModel: ReadModel;
    readonly sealing: Sealing;
    readonly clientSealing: ClientSealing;
    readonly now: () => number;
  }) {
    this.#readModel = options.readModel;
    this.#sealing = options.sealing;
    this.#clientSealing = options.clientSealing;
    this.#now = options.now;
  }

  /** Waits until the read model shows a position (G12): false if it does not within `timeoutMs`. */
  waitFor(position: Position, timeoutMs: number): Promise<boolean> {
    return waitForPosition(this.#readModel, position, timeoutMs);
  }

  /** The asker's account; null if the read model does not know it (yet). */
  async me({ userId }: Asker): Promise<AccountView | null> {
    const account = await this.#readModel.account(userId);
    if (account === null) return null;
    const email = await this.#open(userId, 'email', account.email);
    return { userId, email, emailVerified: account.emailVerified, roles: account.roles };
  }

  /** The asker's sessions that are active now, the last used first. */
  async devices({ userId, sid }: Asker): Promise<readonly DeviceView[]> {
    const [account, sessions] = await Promise.all([
      this.#readModel.account(userId),
      this.#readModel.activeSessionsOf(userId),
    ]);
    const now = instantOf(this.#now());
    const active = sessions.filter((session) => isActive(session, account, now));
    return Promise.all(active.map((session) => this.#deviceView(session, sid)));
  }

  /** One of the asker's own sessions, also one that has ended; null if there is none such. */
  async session({ userId }: Asker, sid: string): Promise<SessionDocument | null> {
    const session = await this.#readModel.session(sid);
    return session?.userId === userId ? session : null;
  }

  async #deviceView(session: SessionDocument, currentSid: string): Promise<DeviceView> {
    const { id: sid, deviceId, issuedAt, lastUsedAt, generation } = session;
    const [deviceName, client] = await Promise.all([
      this.#open(session.userId, 'device_name', session.deviceName),
      this.#clientSealing.open(session.userId, session.client),
    ]);
    const times = { issuedAt, lastUsedAt, expiresAt: session.endsAt };
    return { sid, deviceId, deviceName, ...client, ...times, generation, current: sid === currentSid };
  }

  async #open(userId: string, field: 'email' | 'device_name', sealed: Sealed | null): Promise<string | null> {
    return sealed === null ? null : this.#sealing.open(userId, field, sealed);
  }
}
