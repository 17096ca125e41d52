import type { QuickPage } from '../event-store/authentic-log.js';
import type { RefusedEventError } from '../event-store/event-log.js';
import { leafRecord, leafRecordOf } from '../event-store/event-record.js';
import type { LastEvent } from '../event-store/position.js';
import type { Leaf } from './leaf-hashes.js';
import { leafHash } from './merkle.js';

/** What a page of the log adds to the tree. */
export interface PageLeaves {
  readonly leaves: readonly Leaf[];
  /** The event of the last of them; null if there is none. */
  readonly last: LastEvent | null;
  /** The event before which the leaves end; null if the page holds none that is refused. */
  readonly refused: RefusedEventError | null;
}

/** The leaves of a page: of its events of ours, in their order, up to the first that is refused. */
export function leavesOfPage(page: QuickPage): PageLeaves {
  return page.authentic === null ? leavesOfEvents(page) : leavesOfText(page.authentic);
}

function leavesOfText({ text, streams }: NonNullable<QuickPage['authentic']>): PageLeaves {
  const leaves: Leaf[] = [];
  let lastIndex = -1;
  for (let index = 0; index < text.count; index += 1) {
    if (streams[index] === null) continue;
    leaves.push({
      eventId: text.id(index),
      stream: text.stream(index),
      revision: text.revision(index),
      hash: leafHash(leafRecordOf(text.place(index), text.data(index), text.metadata(index))),
    });
    lastIndex = index;
  }
  const last = lastIndex < 0 ? null : { position: text.position(lastIndex), eventId: text.id(lastIndex) };
  return { leaves, last, refused: null };
}

function leavesOfEvents({ events }: Extract<QuickPage, { readonly authentic: null }>): PageLeaves {
  const leaves: Leaf[] = [];
  let last: LastEvent | null = null;
  for (const { recorded, verdict } of events) {
    if (verdict === 'disowned' || verdict === 'void') continue;
    if (verdict !== 'ours') return { leaves, last, refused: verdict };
    const { id: eventId, stream, revision, position } = recorded;
    leaves.push({ eventId, stream, revision, hash: leafHash(leafRecord(recorded)) });
    last = { position, eventId };
  }
  return { leaves, last, refused: null };
}
