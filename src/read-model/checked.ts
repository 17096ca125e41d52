import type { DocumentKey } from './documents.js';
import type { EndingPage, SessionsPage } from './read-model.js';

// Callers are typed, but what they pass may come from outside: an object in the place of an id is a query to MongoDB.

/** Whether a value can be an id at all; what cannot is the id of nothing. */
export function isId(value: unknown): value is string {
  return typeof value === 'string';
}

/** Those of the given ids that can be ids. */
export function idsAmong(values: readonly string[]): readonly string[] {
  return values.filter(isId);
}

/** The keys in one collection. */
export function idsIn(collection: DocumentKey['collection'], keys: readonly DocumentKey[]): readonly string[] {
  return idsAmong(keys.filter((key) => key.collection === collection).map(({ id }) => id));
}

/** The limit of a page. Throws `RangeError` unless it is a whole number from 1. */
export function checkedLimit(limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('the limit of a page is a whole number from 1');
  return limit;
}

/** The id to go on after; the empty string comes before all. Throws `RangeError` for what is no id. */
export function checkedAfter(afterId: string | null): string {
  if (afterId !== null && !isId(afterId)) throw new RangeError('a page goes on after an id');
  return afterId ?? '';
}

/**
 * Between which ids (both exclusive) the rest of a user's streams of devices stand; null for what is no user id. Throws
 * `RangeError` for a place to go on after that is no id.
 */
export function checkedStreamRange(
  userId: string,
  afterId: string | null,
): { readonly after: string; readonly before: string } | null {
  const after = checkedAfter(afterId);
  if (!isId(userId)) return null;
  const first = `${userId}.`;
  // `/` is the character after `.`.
  return { after: after > first ? after : first, before: `${userId}/` };
}

/** A page by the end of sessions. Throws `RangeError` if an instant is no number or an id no text. */
export function checkedEnding(page: EndingPage): EndingPage {
  checkedLimit(page.limit);
  if (!Number.isFinite(page.endsBy)) throw new RangeError('endsBy is an instant');
  if (page.after !== undefined) checkPlace(page.after.endsAt, page.after.id);
  return page;
}

/** A page of a user's sessions. Throws `RangeError` likewise. */
export function checkedSessions(page: SessionsPage): SessionsPage {
  checkedLimit(page.limit);
  if (page.after !== undefined) checkPlace(page.after.lastUsedAt, page.after.id);
  return page;
}

/** Sessions to be removed. Throws `RangeError` if an id or a position is no text. */
export function checkedRemovals<T extends { readonly id: string; readonly position: string }>(
  sessions: readonly T[],
): readonly T[] {
  for (const { id, position } of sessions)
    if (!isId(id) || !isId(position)) throw new RangeError('a session is removed by its id and its position');
  return sessions;
}

function checkPlace(instant: number, id: string): void {
  if (!Number.isFinite(instant) || !isId(id)) throw new RangeError('a page goes on after an instant and an id');
}
