import { randomUUID } from 'node:crypto';
import { clientWords } from '../../src/audit/client-words.js';
import type { FakeAudited, FakeEntry, FakeTheft } from './fake-audit.js';

const LIFETIME_MS = 7 * 86_400_000;

interface Client {
  readonly ip: string | null;
  readonly user_agent: string | null;
}

interface Family {
  readonly sid: string;
  readonly deviceId: string;
  readonly name: string | null;
  readonly issuedAt: number;
  client: Client;
  generation: number;
  lastAt: number;
  /** From this instant on it is over. */
  endedAt: number | null;
}

interface UserOptions {
  readonly name?: string;
  readonly status?: 'active' | 'erased';
}

/** Writes what happened to a user, in the words of the server. Instants in milliseconds since 1970, in any order over the devices. */
export class AuditedUser {
  readonly userId = randomUUID();
  readonly email: string | null;
  readonly #registeredAt: number;
  readonly #options: UserOptions;
  readonly #entries: Omit<FakeEntry, 'position'>[] = [];
  readonly #thefts: FakeTheft[] = [];
  readonly #families: Family[] = [];
  readonly #revisions = new Map<string, number>();

  constructor(email: string | null, registeredAt: number, options: UserOptions = {}) {
    this.email = email;
    this.#registeredAt = registeredAt;
    this.#options = options;
    this.account(registeredAt, 'UserRegistered', 'The account was created.');
  }

  account(at: number, type: string, words: string): void {
    this.#add({ at, type, words, family: null, client: NOBODY });
  }

  /** Signs in; what it returns is the session. */
  signIn(at: number, name: string | null, client: Client): string {
    const sid = randomUUID();
    const on = name === null ? '' : ` on “${name}”`;
    const family = { sid, deviceId: randomUUID(), name, client, generation: 0, issuedAt: at, lastAt: at, endedAt: null };
    this.#families.push(family);
    this.#add({ at, type: 'TokenIssued', words: `Signed in${on} with ${clientWords(client)}.`, family, client });
    return sid;
  }

  renew(at: number, sid: string): void {
    const family = this.#family(sid);
    family.generation += 1;
    family.lastAt = at;
    const words = `The session went on (renewal ${family.generation}) with ${clientWords(family.client)}.`;
    this.#add({ at, type: 'TokenRotated', words, family, client: family.client });
  }

  /** An answer that is given again: to the same program, or to another one. */
  again(at: number, sid: string, client: Client, isContested: boolean): void {
    const family = this.#family(sid);
    const words = isContested
      ? `Renewal ${family.generation} was asked for by a second program too, and it got the same key: ${clientWords(client)}. If that was somebody else, the key is stolen.`
      : `Renewal ${family.generation} was asked for once more, since its answer was lost, with ${clientWords(client)}.`;
    this.#add({ at, type: 'TokenRedelivered', words, family, client });
  }

  end(at: number, sid: string, words = 'Signed out.', type = 'TokenRevoked'): void {
    const family = this.#family(sid);
    family.endedAt = at;
    this.#add({ at, type, words, family, client: NOBODY });
  }

  /** Ends all sessions that have begun, or all but one; each without an event of its own. */
  endAll(at: number, kept: string | null = null): void {
    const but = kept === null ? '' : ', but not on the device it was asked from';
    for (const family of this.#families)
      if (family.endedAt === null && family.issuedAt < at && family.sid !== kept) family.endedAt = at;
    this.account(at, 'AllTokensRevoked', `Signed out everywhere${but}.`);
  }

  /** An old key is shown: the session ends, and the theft is listed. */
  steal(at: number, sid: string, generation: number, thief: Client, label: FakeTheft['label'] = 'stolen'): void {
    const family = this.#family(sid);
    const words = `An old key (of renewal ${generation}, while renewal ${family.generation} was valid) was shown, with ${clientWords(thief)}. Somebody may hold a copy.`;
    this.#add({ at, type: 'TokenReuseDetected', words, family, client: thief });
    this.end(at, sid, 'The session was ended, because an old key of it was shown.');
    const isStolen = label === 'stolen';
    const all = Array.from({ length: family.generation + 1 }, (_, index) => index);
    this.#thefts.push({
      user_id: this.userId,
      session_id: sid,
      detected_at: iso(at),
      generation,
      label,
      holders: [
        { ...family.client, from: iso(family.issuedAt), to: iso(family.lastAt), generations: all },
        { ...thief, from: iso(at), to: iso(at), generations: [generation] },
      ],
      exposed_from: isStolen ? iso(family.issuedAt) : null,
      exposed_to: isStolen ? iso(at) : null,
    });
  }

  /** As the server answers about the user. */
  get audited(): FakeAudited {
    const { name = null, status = 'active' } = this.#options;
    const ordered = [...this.#entries].sort((one, other) => (one.occurred_at < other.occurred_at ? -1 : 1));
    const entries = ordered.map((entry, index) => ({ ...entry, position: String(index).padStart(20, '0') }));
    const known = { user_id: this.userId, email: this.email, name, status, created_at: iso(this.#registeredAt) };
    return { ...known, entries, thefts: this.#thefts, devicesAt: (at) => this.#devicesAt(entries, at) };
  }

  #devicesAt(entries: readonly FakeEntry[], at: number): readonly object[] {
    return this.#families
      .filter(({ issuedAt, endedAt }) => issuedAt <= at && (endedAt === null || endedAt > at))
      .flatMap(({ sid, deviceId, name, client, issuedAt }) => {
        const last = entries.findLast((entry) => entry.session_id === sid && Date.parse(entry.occurred_at) <= at)!;
        const expiresAt = Date.parse(last.occurred_at) + LIFETIME_MS;
        const base = { session_id: sid, device_id: deviceId, device_name: name, generation: last.generation, ...client };
        return expiresAt <= at ? [] : [{ ...base, issued_at: iso(issuedAt), expires_at: iso(expiresAt) }];
      });
  }

  #add(one: { at: number; type: string; words: string; family: Family | null; client: Client }): void {
    const { at, type, words, family, client } = one;
    const stream = family === null ? `test_user-${this.userId}` : `test_token-${this.userId}.${family.deviceId}`;
    this.#entries.push({
      stream,
      revision: this.#revisionOf(stream),
      event_id: randomUUID(),
      type,
      occurred_at: iso(at),
      actor: 'user',
      session_id: family?.sid ?? null,
      generation: family?.generation ?? null,
      ...client,
      words,
    });
  }

  #revisionOf(stream: string): number {
    const revision = this.#revisions.get(stream) ?? 0;
    this.#revisions.set(stream, revision + 1);
    return revision;
  }

  #family(sid: string): Family {
    return this.#families.find((family) => family.sid === sid)!;
  }
}

const NOBODY: Client = { ip: null, user_agent: null };

function iso(at: number): string {
  return new Date(at).toISOString();
}
