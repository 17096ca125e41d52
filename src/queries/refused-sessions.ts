import type { EventLog } from '../event-store/event-log.js';
import { isOfRefusedHistory } from '../event-store/load.js';
import type { SessionDocument } from '../read-model/documents.js';
import type { SessionReader } from '../read-model/read-model.js';
import { seenBy } from '../read-model/seen-documents.js';

/**
 * The read model as users see it. A restore that refuses older histories (G17) ends their sessions without an event of their own:
 * they are shown as ended, though the read model holds them as the log has them. Nobody knows when; they were last seen at
 * their last use.
 */
export function withRefusedEnded(reader: SessionReader, log: Pick<EventLog, 'histories'>): SessionReader {
  const seen = (session: SessionDocument): SessionDocument => {
    if (session.status !== 'active' || !isOfRefusedHistory(log, session.historyId)) return session;
    return { ...session, status: 'revoked', endReason: 'restore', endsAt: session.lastUsedAt };
  };
  // Refused ones are counted too: a caller that counts looks at the sessions themselves before ending any.
  return seenBy(reader, { session: seen });
}
