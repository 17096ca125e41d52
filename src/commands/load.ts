import { evolveAccount, type Account } from '../domain/account/account.js';
import { userStream } from '../domain/account/events.js';
import { accountFactsOf, lives, revokedAt, type AccountFacts } from '../domain/account/state.js';
import { accountEventOf, familyEventOf } from '../domain/recorded.js';
import type { Instant } from '../domain/instant.js';
import { deviceStream } from '../domain/token-family/events.js';
import { hasExpired } from '../domain/token-family/facts.js';
import { stateOf, type FamilyState } from '../domain/token-family/state.js';
import { readNewest, type EventStore, type RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';

/** What was loaded, and the position of the newest event it stands on. */
export interface Loaded<T> {
  readonly state: T;
  readonly position: Position;
}

/** The newest family of a device, by one backwards read of one event; null if the device never had one. */
export async function loadFamily(
  eventStore: EventStore,
  userId: string,
  deviceId: string,
): Promise<Loaded<FamilyState> | null> {
  const newest = await readNewest(eventStore, deviceStream(userId, deviceId));
  return newest && { state: stateOf(familyEventOf(newest), newest.revision), position: newest.position };
}

/** What a refresh needs to know of a user, by one backwards read of one event; null if there is no such user. */
export async function loadAccountFacts(
  eventStore: EventStore,
  userId: string,
): Promise<Loaded<AccountFacts & { readonly revision: number }> | null> {
  const newest = await readNewest(eventStore, userStream(userId));
  if (newest === null) return null;
  return { state: { ...accountFactsOf(accountEventOf(newest)), revision: newest.revision }, position: newest.position };
}

const PAGE = 500;

/** The whole account, by folding the user's stream; null if there is no such user. */
export async function loadAccount(eventStore: EventStore, userId: string): Promise<Account | null> {
  let account: Account | null = null;
  for await (const event of userEvents(eventStore, userId))
    account = evolveAccount(account, accountEventOf(event), event.revision);
  return account;
}

/**
 * When a family's user ceased to let it live, as far as that matters: null if the family lives, is over otherwise, or has not
 * expired yet. Otherwise it takes the whole of the user's stream to tell, which is seldom asked for.
 */
export async function loadRevokedAt(
  eventStore: EventStore,
  { family, account }: { readonly family: Loaded<FamilyState>; readonly account: Loaded<AccountFacts> },
  now: Instant,
): Promise<Instant | null> {
  if (family.state.end !== null || !hasExpired(family.state, now) || lives(family.state, account.state)) return null;
  const events: Parameters<typeof revokedAt>[1][number][] = [];
  for await (const event of userEvents(eventStore, family.state.userId))
    events.push({ account: accountFactsOf(accountEventOf(event)), occurredAt: event.metadata.occurredAt });
  return revokedAt(family.state, events);
}

async function* userEvents(eventStore: EventStore, userId: string): AsyncGenerator<RecordedEvent, void, void> {
  for (let from = 0; ; from += PAGE) {
    const page = await eventStore.readStream(userStream(userId), { from, maxCount: PAGE });
    yield* page;
    if (page.length < PAGE) return;
  }
}

/**
 * A family and its user, as a decision about the family needs them; null if either is missing. The family is read first: a
 * revocation of all tokens that is then not seen came after, and reaches whatever is appended on top of this family (G6).
 */
export async function loadFamilyAndAccount(
  eventStore: EventStore,
  userId: string,
  deviceId: string,
): Promise<{ family: Loaded<FamilyState>; account: Loaded<AccountFacts & { readonly revision: number }> } | null> {
  const family = await loadFamily(eventStore, userId, deviceId);
  if (family === null) return null;
  const account = await loadAccountFacts(eventStore, userId);
  return account && { family, account };
}

/** The newer of two positions. */
export function newer(a: Position, b: Position): Position {
  return a > b ? a : b;
}
