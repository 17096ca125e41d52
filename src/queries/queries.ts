import type { Sealed } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { SessionDocument } from '../read-model/documents.js';
import type { SessionReader } from '../read-model/read-model.js';
import type { ClientInfo, ClientSealing } from '../security/client-sealing.js';
import type { Sealing } from '../security/sealing.js';
import { endOf, isActive } from './session-standing.js';

/** Who asks: a user, in one of their sessions. */
export interface Asker {
  readonly userId: string;
  readonly sid: string;
}

export interface OwnAccount {
  readonly userId: string;
  /** Null if the user's key is gone. */
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly createdAt: Instant;
}

interface NamedSession {
  readonly sid: string;
  readonly deviceId: string;
  readonly deviceName: string | null;
}

export interface ListedSession extends NamedSession, ClientInfo {
  readonly issuedAt: Instant;
  readonly lastUsedAt: Instant;
  /** When it expires if not used. */
  readonly expiresAt: Instant;
  readonly generation: number;
  /** Whether it is the session that asks. */
  readonly current: boolean;
  /** Whether a generation of it was ever handed out to a second holder. */
  readonly contested: boolean;
}

export interface EndedSession extends NamedSession {
  readonly endedAt: Instant;
  readonly reason: string;
}

export interface DeviceList {
  /** The last used first. */
  readonly devices: readonly ListedSession[];
  /** The last ended first. Only with the first page. */
  readonly recentlyEnded: readonly EndedSession[];
  /** Where the next page continues; null if this is the last. */
  readonly next: DevicesCursor | null;
}

/** Where a page of sessions ended: by last use, then by id. */
export type DevicesCursor = Pick<SessionDocument, 'lastUsedAt' | 'id'>;

export interface DevicesPage {
  readonly limit: number;
  readonly after?: DevicesCursor;
}

const MAX_ENDED = 20;

/** What the read model shows its users. All reject with `StoreUnavailableError` when a store they need does not answer. */
export class Queries {
  readonly #sessions: SessionReader;
  readonly #sealing: Sealing;
  readonly #clientSealing: ClientSealing;
  readonly #now: () => number;

  /** `now` in milliseconds since 1970. */
  constructor(options: {
    readonly sessions: SessionReader;
    readonly sealing: Sealing;
    readonly clientSealing: ClientSealing;
    readonly now: () => number;
  }) {
    this.#sessions = options.sessions;
    this.#sealing = options.sealing;
    this.#clientSealing = options.clientSealing;
    this.#now = options.now;
  }

  /** The asker's account; null if the read model does not know it (yet). */
  async me({ userId }: Asker): Promise<OwnAccount | null> {
    const account = await this.#sessions.account(userId);
    if (account === null) return null;
    const [email, name] = await Promise.all([
      this.#open(userId, 'email', account.email),
      this.#open(userId, 'name', account.name),
    ]);
    const { emailVerified, roles, registeredAt: createdAt } = account;
    return { userId, email, emailVerified, name, roles, createdAt };
  }

  /** The asker's sessions that are active now, and those that ended lately. */
  async devices({ userId, sid }: Asker, { limit, after }: DevicesPage): Promise<DeviceList> {
    // Sessions first, account second: the account then knows every revocation that the sessions may have missed.
    const page = { limit: limit + 1, ...(after === undefined ? {} : { after }) };
    const [active, ended] = await Promise.all([
      this.#sessions.activeSessionsOf(userId, page),
      after === undefined ? this.#sessions.endedSessionsOf(userId, MAX_ENDED) : [],
    ]);
    const account = await this.#sessions.account(userId);
    const now = this.#now();
    const shown = active.slice(0, limit);
    const devices = shown.filter((session) => isActive(session, account, now));
    const unnoted = after === undefined ? shown.filter((session) => !isActive(session, account, now)) : [];
    const recentlyEnded = await Promise.all(
      [...ended, ...unnoted].map(async (session) => ({
        ...(await this.#named(session)),
        ...(endOf(session, account, now) ?? { endedAt: session.endsAt, reason: session.status }),
      })),
    );
    const last = shown.at(-1);
    return {
      devices: await Promise.all(devices.map((session) => this.#listed(session, sid))),
      recentlyEnded: recentlyEnded.sort((a, b) => b.endedAt - a.endedAt).slice(0, MAX_ENDED),
      next: active.length > limit && last !== undefined ? { lastUsedAt: last.lastUsedAt, id: last.id } : null,
    };
  }

  /** One of the asker's own sessions, also one that has ended; null if there is none. */
  async session({ userId }: Asker, sid: string): Promise<SessionDocument | null> {
    const session = await this.#sessions.session(sid);
    return session?.userId === userId ? session : null;
  }

  async #named({ id: sid, userId, deviceId, deviceName }: SessionDocument): Promise<NamedSession> {
    return { sid, deviceId, deviceName: await this.#open(userId, 'device_name', deviceName) };
  }

  async #listed(session: SessionDocument, currentSid: string): Promise<ListedSession> {
    const { issuedAt, lastUsedAt, endsAt: expiresAt, generation } = session;
    const [named, client] = await Promise.all([
      this.#named(session),
      this.#clientSealing.open(session.userId, session.client),
    ]);
    return {
      ...named,
      ...client,
      ...{ issuedAt, lastUsedAt, expiresAt, generation },
      current: session.id === currentSid,
      contested: session.contestedAt !== null,
    };
  }

  async #open(userId: string, field: 'email' | 'name' | 'device_name', sealed: Sealed | null): Promise<string | null> {
    return sealed === null ? null : this.#sealing.open(userId, field, sealed);
  }
}
