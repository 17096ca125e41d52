import type { RecordedEvent } from './event-store.js';

/** What an archive is made of. */
export interface ArchiveDraft {
  /** The instant before which events are archived, in ISO 8601. */
  readonly before: string;
  /** In the order of the log; of each stream consecutive ones. */
  readonly events: AsyncIterable<RecordedEvent>;
}

/** How far archiving has come: tests stop it there. */
export type ArchiveStep = 'begun' | 'flushed' | 'read_back' | 'named' | 'announced' | 'removing' | 'removed';
