import { parseStreamName, type StreamKind } from '../domain/streams.js';
import type { Position } from '../event-store/position.js';
import type { KeyStore } from '../key-store/key-store.js';
import { pagesOfKeys } from '../key-store/pages-of-keys.js';
import type { Stores } from './stores.js';

/** The log holds users, and the users' keys are gone, or the key file opens none of them. */
export class UserKeysLostError extends Error {
  override readonly name = 'UserKeysLostError';
}

/** What is said where there is no mark. */
export const NO_MARK =
  'the log has events and there is no high-water mark beside the users’ keys: whether the log was put back cannot be seen';

/** What the start must say of the users' keys and of the mark beside them. */
export type UserKeysState = 'as_expected' | 'no_mark';

export interface UserKeysCheck {
  readonly stores: Pick<Stores, 'logStore' | 'keyStore' | 'highWaterMark'>;
  readonly prefix: string;
  /** Where the users' keys are, for the message. */
  readonly place: string;
}

/** Whether the key file has the master key that wraps a user's key. */
export type HasMasterOf = (wrappedKey: Uint8Array) => boolean;

const PAGE = 500;

/**
 * Looks whether there are users' keys beside a log that holds users. Each user's key is stored before the user's first event, so a log
 * with users and no key at all means that the keys are gone; a mark says nothing against that, since a process that runs on beside an
 * emptied store writes it again. Users of before a loss that an operator knows of do not count. A start that ended within its first
 * second leaves no mark either: that is no reason to refuse. Resolves to `no_mark` if there are events of ours beside the log's own and no
 * mark. Rejects with `UserKeysLostError`, and as the stores do.
 */
export async function checkUserKeys({ stores, prefix, place }: UserKeysCheck): Promise<UserKeysState> {
  const { logStore, keyStore, highWaterMark } = stores;
  const isMarked = (await highWaterMark.read()) !== null;
  const hasSome = await hasKeys(keyStore);
  if (isMarked && hasSome) return 'as_expected';
  const after = isMarked ? await highWaterMark.keysLostUpTo() : null;
  const kinds = await kindsIn(logStore, prefix, { anyWillDo: hasSome, after });
  // Asked once more: another instance may have registered the first user meanwhile.
  if (kinds.has('user') && !(await hasKeys(keyStore))) throw new UserKeysLostError(lost(place));
  return kinds.size > 0 && (await highWaterMark.read()) === null ? 'no_mark' : 'as_expected';
}

/**
 * To be called for a log that an operator takes as it is, with its newest position: where no user has a key, the loss is known from now on.
 * Rejects as the stores do.
 */
export async function noteLostKeys(stores: Pick<Stores, 'keyStore' | 'highWaterMark'>, newest: Position): Promise<void> {
  await stores.highWaterMark.noteKeysLostUpTo((await hasKeys(stores.keyStore)) ? null : newest);
}

function lost(place: string): string {
  return (
    `The log holds users, but ${place} holds no key of any user: nobody could sign in. ` +
    'Put the users’ keys back; a backup has them in its folder user-keys. If they are lost for good, stop every instance and run ' +
    '`tokenledger log restored --yes`: new users can register then, and what was sealed for the others stays unreadable.'
  );
}

/**
 * Looks whether the key file has the master key of any user's key: usually the first one says so. With none nobody can sign in, and
 * waiting does not help. Rejects with `UserKeysLostError`, and as the stores do.
 */
export async function checkMasterKeys({ stores, prefix, place }: UserKeysCheck, hasMasterOf: HasMasterOf): Promise<void> {
  const { keyStore, logStore } = stores;
  let keys = 0;
  for await (const page of pagesOfKeys(keyStore)) {
    if (page.some(({ wrappedKey }) => hasMasterOf(wrappedKey))) return;
    keys += page.length;
  }
  // A new log beside the keys of a former one concerns nobody.
  if (keys > 0 && (await kindsIn(logStore, prefix, { anyWillDo: false, after: null })).has('user'))
    throw new UserKeysLostError(unopened(place));
}

function unopened(place: string): string {
  return (
    `The key file has the master key of no user's key in ${place}: nobody could sign in. ` +
    'Put the newest key file in its place; where the users’ keys are of a backup from before `keys rewrap`, that of the backup (its folder keys).'
  );
}

/** Whether a user has or had a key here. */
async function hasKeys(keyStore: KeyStore): Promise<boolean> {
  const [keys, destroyed] = await Promise.all([keyStore.list(null, 1), keyStore.listDestroyed(null, 1)]);
  return keys.length + destroyed.length > 0;
}

/** Which kinds of streams the log has behind a position, except its own: up to the first user, or to the first of any kind. */
async function kindsIn(
  store: Pick<Stores['logStore'], 'readAll'>,
  prefix: string,
  { anyWillDo, after: from }: { readonly anyWillDo: boolean; readonly after: Position | null },
): Promise<ReadonlySet<StreamKind>> {
  const kinds = new Set<StreamKind>();
  let after = from;
  for (;;) {
    const events = await store.readAll({ ...(after === null ? {} : { after }), maxCount: PAGE });
    for (const { stream } of events) {
      const id = parseStreamName(stream, prefix);
      if (id !== null && id.kind !== 'log') kinds.add(id.kind);
    }
    const last = events.at(-1);
    if (last === undefined || kinds.has('user') || (anyWillDo && kinds.size > 0)) return kinds;
    after = last.position;
  }
}
