import type { StreamKind } from '../src/domain/streams.js';
import { ACCOUNTS } from './accounts.js';
import { SESSIONS } from './sessions.js';
import { STREAMS } from './streams.js';

/** Every collection of the read model, and how the log becomes its documents. */
export const COLLECTIONS = { sessions: SESSIONS, accounts: ACCOUNTS, streams: STREAMS } as const;

/**
 * Names what the collections and their reducers make of the log, and is kept with the documents: other documents than this
 * program's mean that a rebuild is needed. Another string with each change of a reducer or a collection.
 */
export const READ_MODEL_VERSION = '2';

/** The streams that the read model is made of. Every event type of these has a reducer: the compiler sees to it. */
export const PROJECTED_STREAMS: readonly StreamKind[] = [
  ...new Set(Object.values(COLLECTIONS).map(({ stream }) => stream)),
];
