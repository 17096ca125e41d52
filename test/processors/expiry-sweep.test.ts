import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { StreamDestroyedError } from '../../src/event-store/errors.js';
import { sweep, type SweepOptions } from '../../src/processors/expiry-sweep.js';
import { isRemovable } from '../../src/processors/retention.js';
import type { AccountDocument, SessionDocument } from '../../src/read-model/documents.js';
import { endedByRevocation } from '../../src/read-model/ended-by-revocation.js';
import type { ExpiryCandidates } from '../../src/read-model/read-model.js';
import { anAccount, aSession, DAY_MS, T0 } from '../support/documents.js';

const NOW = T0 + 100 * DAY_MS;
const RETENTION = 30 * DAY_MS;
const USER = anAccount(1);
const ofUser = (change: Partial<SessionDocument> = {}): SessionDocument => aSession(1, { userId: USER.id, ...change });
const due = (count: number, change: Partial<SessionDocument> = {}): SessionDocument[] =>
  Array.from({ length: count }, (_, index) => ofUser({ endsAt: NOW - index, ...change }));

/** A read model in memory that counts what is written to it. */
class Candidates implements ExpiryCandidates {
  sessions: SessionDocument[];
  readonly #accounts: readonly AccountDocument[];
  writes = 0;

  constructor(sessions: readonly SessionDocument[], accounts: readonly AccountDocument[] = [USER]) {
    this.sessions = [...sessions];
    this.#accounts = accounts;
  }

  sessionsEnding({ endsBy, activeOnly, after, limit }: Parameters<ExpiryCandidates['sessionsEnding']>[0]) {
    const before = (a: Pick<SessionDocument, 'endsAt' | 'id'>, b: Pick<SessionDocument, 'endsAt' | 'id'>): boolean =>
      a.endsAt < b.endsAt || (a.endsAt === b.endsAt && a.id < b.id);
    const found = this.sessions
      .filter(({ endsAt, status }) => endsAt <= endsBy && (activeOnly !== true || status === 'active'))
      .filter((session) => after === undefined || before(after, session))
      .sort((a, b) => (before(a, b) ? -1 : 1));
    return Promise.resolve(found.slice(0, limit));
  }

  accounts(ids: readonly string[]) {
    return Promise.resolve(this.#accounts.filter(({ id }) => ids.includes(id)));
  }

  removeSessions(removed: readonly Pick<SessionDocument, 'id'>[]) {
    this.writes += 1;
    this.sessions = this.sessions.filter(({ id }) => !removed.some((one) => one.id === id));
    return Promise.resolve();
  }
}

function options(readModel: Candidates, change: Partial<SweepOptions> = {}): SweepOptions & { readonly tried: string[] } {
  const tried: string[] = [];
  const expire: SweepOptions['expire'] = ({ sid }) => {
    tried.push(sid);
    return Promise.resolve(true);
  };
  const onError = (error: unknown): never => {
    throw error;
  };
  return { readModel, expire, retentionMs: RETENTION, now: () => NOW, onError, tried, ...change };
}
const always = (): Promise<boolean> => Promise.resolve(true);

describe('a sweep', () => {
  it('expires what is due, to the instant, page after page', async () => {
    const sessions = due(450);
    const later = ofUser({ endsAt: NOW + 1 });
    const swept = options(new Candidates([...sessions, later]));
    expect(await sweep(swept, always)).toEqual({ tried: 450, expired: 450, removed: 0 });
    expect([...swept.tried].sort()).toEqual(sessions.map(({ id }) => id).sort());
  });

  it('asks before each page whether to go on, and ends when it may not', async () => {
    const swept = options(new Candidates(due(450)));
    let asked = 0;
    const once = (): Promise<boolean> => Promise.resolve((asked += 1) === 1);
    expect(await sweep(swept, once)).toEqual({ tried: 200, expired: 200, removed: 0 });
    expect(asked).toBe(2);
    const never = options(new Candidates(due(1)));
    expect(await sweep(never, () => Promise.resolve(false))).toEqual({ tried: 0, expired: 0, removed: 0 });
    expect(never.tried).toEqual([]);
  });

  it('removes nothing any more once it may not go on', async () => {
    const old = due(3, { status: 'expired', endsAt: T0 });
    const candidates = new Candidates(old);
    expect(await sweep(options(candidates), () => Promise.resolve(false))).toMatchObject({ removed: 0 });
    expect(candidates.sessions).toHaveLength(3);
  });

  it('removes what ended before retention, all pages of it, and nothing whose expiry is not in the log', async () => {
    const ended = due(250, { status: 'revoked', endsAt: NOW - RETENTION });
    const kept = [ofUser({ status: 'revoked', endsAt: NOW - RETENTION + 1 }), ofUser({ endsAt: NOW - RETENTION })];
    const candidates = new Candidates([...ended, ...kept]);
    expect(await sweep(options(candidates), always)).toEqual({ tried: 1, expired: 1, removed: 250 });
    expect(candidates.sessions.map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
  });

  it('writes nothing when nothing is due', async () => {
    const candidates = new Candidates([ofUser({ endsAt: NOW + 1 }), ofUser({ endsAt: T0 })]);
    const { expired } = await sweep(options(candidates, { expire: () => Promise.resolve(false) }), always);
    expect(expired).toBe(0);
    expect(candidates.writes).toBe(0);
  });

  it('leaves alone what a revocation of all tokens ended before it was due, not what had expired by then', async () => {
    const revocation = { epoch: 1, at: NOW - DAY_MS, reason: 'logout_all', kept: null } as const;
    const account = { ...USER, epoch: 1, revocations: [revocation] };
    const [over, expired] = [ofUser({ endsAt: NOW - DAY_MS + 1 }), ofUser({ endsAt: NOW - DAY_MS })];
    const swept = options(new Candidates([over, expired], [account]));
    await sweep(swept, always);
    expect(swept.tried).toEqual([expired.id]);
    const orphan = options(new Candidates([expired], []));
    await sweep(orphan, always);
    expect(orphan.tried).toEqual([]);
  });

  it('goes on past a session that cannot be expired, and says so; not past a store that does not answer', async () => {
    const sessions = due(3);
    const errors: unknown[] = [];
    const failing = (error: Error): Partial<SweepOptions> => ({
      expire: ({ sid }) => (sid === sessions[1]!.id ? Promise.reject(error) : Promise.resolve(true)),
      onError: (reported) => errors.push(reported),
    });
    const destroyed = new StreamDestroyedError('token-1');
    const result = await sweep(options(new Candidates(sessions), failing(destroyed)), always);
    expect(result).toMatchObject({ tried: 3, expired: 2 });
    expect(errors).toEqual([destroyed]);
    const gone = failing(new StoreUnavailableError('event store', 'gone'));
    await expect(sweep(options(new Candidates(sessions), gone), always)).rejects.toThrow(StoreUnavailableError);
  });
});

describe('retention', () => {
  it('removes what has ended, at its instant', () => {
    const ended = ofUser({ status: 'revoked', endsAt: 5 });
    expect(isRemovable(ended, USER, 5)).toBe(true);
    expect(isRemovable(ended, USER, 4)).toBe(false);
  });

  it('keeps what may still get an expiry', () => {
    const noted = ofUser({ endsAt: 5 });
    expect(isRemovable(noted, USER, 9)).toBe(false);
    expect(isRemovable(noted, { ...USER, epoch: 1 }, 9)).toBe(true);
    expect(isRemovable(noted, undefined, 9)).toBe(true);
  });
});

describe('the revocation that ended a session', () => {
  const session = ofUser({ epoch: 1 });
  const of = (epoch: number, kept: AccountDocument['kept'] = null) =>
    ({ epoch, at: epoch, reason: 'admin', kept }) as const;

  it('is the first after its epoch that did not keep it', () => {
    const kept = { sid: session.id, epoch: 1 };
    expect(endedByRevocation(session, { revocations: [of(4), of(3), of(2, kept), of(1)] })).toEqual(of(3));
    expect(endedByRevocation(session, { revocations: [of(2, kept), of(1)] })).toBeNull();
    expect(endedByRevocation(session, { revocations: [] })).toBeNull();
    const newer = { sid: session.id, epoch: 2 };
    expect(endedByRevocation(session, { revocations: [of(3, newer)] })).toEqual(of(3, newer));
  });
});
