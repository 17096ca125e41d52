import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../domain/instant.js';
import type { Position } from '../event-store/position.js';
import type { Collection, DocumentKey, Documents, SessionDocument } from '../read-model/documents.js';
import type { Rebuild, Rebuildable } from '../read-model/read-model.js';
import { isRemovable } from './retention.js';

const PAGE = 500;
const COLLECTIONS: readonly Collection[] = ['accounts', 'sessions', 'streams'];

type Target = Rebuild['target'];
type Scanned = Pick<Rebuildable, 'scan' | 'session' | 'account' | 'deviceStream'>;

/**
 * Compares the live read model with one that was rebuilt up to a position that the live one has reached, and may have left
 * behind since. Both are scanned page by page: only what differs or is still changing is remembered, by its key.
 */
export class Comparison {
  readonly #live: Scanned & Pick<Rebuildable, 'checkpoint'>;
  readonly #target: Target;
  readonly #endedBefore: () => Instant;
  /** The documents that are not as the log says. */
  readonly differences: DocumentKey[] = [];
  /** Documents that changed in the live one after the position that the new one has reached. */
  unsettled: DocumentKey[] = [];
  /** How many documents there are. */
  documents = 0;
  /** Whether the live one has any. */
  isAnyLive = false;

  /** `endedBefore` is where retention cuts, at the moment that it is asked. */
  constructor(live: Scanned & Pick<Rebuildable, 'checkpoint'>, target: Target, endedBefore: () => Instant) {
    this.#live = live;
    this.#target = target;
    this.#endedBefore = endedBefore;
  }

  /** Compares all documents; `reached` is the position of the new one. */
  async compareAll(reached: Position): Promise<void> {
    for (const collection of COLLECTIONS) {
      for await (const pair of pairs(collection, this.#live, this.#target)) {
        this.documents += 1;
        this.isAnyLive ||= pair.live !== undefined;
        await this.#compare(collection, pair, reached);
      }
    }
  }

  /** Compares again those that were unsettled, now that the new one has reached more. */
  async compareUnsettled(reached: Position): Promise<void> {
    const again = this.unsettled;
    this.unsettled = [];
    for (const key of again) {
      const [live, built] = await Promise.all([documentOf(this.#live, key), documentOf(this.#target, key)]);
      await this.#compare(key.collection, { live, built }, reached);
    }
  }

  /**
   * Ends the comparison. Of what never settled, a document that is ahead even of what the live one says it has applied is a
   * difference: no event accounts for it. The others are as busy as that.
   */
  async close(): Promise<void> {
    for (const key of this.unsettled) {
      const document = await documentOf(this.#live, key);
      const checkpoint = await this.#live.checkpoint();
      if (document !== undefined && document.position > (checkpoint ?? '')) this.differences.push(key);
    }
    this.unsettled = [];
  }

  async #compare(collection: Collection, { live, built }: Pair, reached: Position): Promise<void> {
    const id = (live ?? built)?.id;
    if (id === undefined || isDeepStrictEqual(live, built)) return;
    if (live !== undefined && live.position > reached) this.unsettled.push({ collection, id });
    else if (live === undefined && collection === 'sessions' && (await this.#wasRemoved(built as SessionDocument))) return;
    else this.differences.push({ collection, id });
  }

  /** Whether retention or an erasure may have removed a session from the live one; it is removed from the new one then as well. */
  async #wasRemoved(session: SessionDocument): Promise<boolean> {
    const account = await this.#target.account(session.userId);
    if (account?.status !== 'erased' && !isRemovable(session, account ?? undefined, this.#endedBefore())) return false;
    await this.#target.removeSessions([session]);
    return true;
  }
}

interface Pair {
  readonly live: Documents[Collection] | undefined;
  readonly built: Documents[Collection] | undefined;
}

async function documentOf(readModel: Scanned, { collection, id }: DocumentKey): Promise<Documents[Collection] | undefined> {
  const found = {
    sessions: () => readModel.session(id),
    accounts: () => readModel.account(id),
    streams: () => readModel.deviceStream(id),
  };
  return (await found[collection]()) ?? undefined;
}

/** The documents of a collection in the order of their ids, each as both read models have it. */
async function* pairs(collection: Collection, live: Scanned, built: Scanned): AsyncGenerator<Pair, void, void> {
  const [left, right] = [documentsOf(collection, live), documentsOf(collection, built)];
  let [one, other] = [await nextOf(left), await nextOf(right)];
  while (one !== undefined || other !== undefined) {
    const id = [one?.id, other?.id].filter((known) => known !== undefined).sort()[0];
    const pair = { live: one?.id === id ? one : undefined, built: other?.id === id ? other : undefined };
    yield pair;
    if (pair.live !== undefined) one = await nextOf(left);
    if (pair.built !== undefined) other = await nextOf(right);
  }
}

async function nextOf<T>(generator: AsyncGenerator<T, void, void>): Promise<T | undefined> {
  const { value } = await generator.next();
  return value ?? undefined;
}

async function* documentsOf(collection: Collection, readModel: Scanned): AsyncGenerator<Documents[Collection], void, void> {
  let afterId: string | null = null;
  for (;;) {
    const page: readonly Documents[Collection][] = await readModel.scan(collection, afterId, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    afterId = page.at(-1)?.id ?? null;
  }
}
