import { hash } from 'node:crypto';
import type { RecordedEvent } from './event-store.js';

/** What the records say of an event: where it stands, and what is stored. `stream` is the whole name, prefix included. */
export type EventOfRecord = Pick<RecordedEvent, 'stream' | 'revision' | 'id' | 'type' | 'data' | 'metadata'>;

/**
 * What the MAC of an event is computed over: lines, each ended by a line feed, in this order: the format, the history in force at
 * its position, stream, revision, id, type, canonical data, canonical metadata without `mac`. No line of an event of ours holds a
 * line feed, so no two events have the same record.
 */
export function macRecord(event: EventOfRecord, historyId: string, metadataWithoutMac: string): string {
  return record('tokenledger-mac-v1', [historyId], event, [event.data, metadataWithoutMac]);
}

/**
 * What a leaf of the Merkle tree is the hash of (docs/EVENTS.md, `tokenledger-leaf-v1`): the format, stream, revision, id, type,
 * and in lower-case hex the SHA-256 of the canonical data and of the canonical metadata, `mac` included, as they are stored.
 */
export function leafRecord(event: EventOfRecord): string {
  return record('tokenledger-leaf-v1', [], event, [sha256(event.data), sha256(event.metadata)]);
}

/** Names what an event says, in lower-case hex, to disown exactly that one. */
export function contentDigest(event: EventOfRecord): string {
  return sha256(leafRecord(event));
}

function record(
  format: string,
  before: readonly string[],
  { stream, revision, id, type }: EventOfRecord,
  after: readonly string[],
): string {
  return `${[format, ...before, stream, revision, id, type, ...after].join('\n')}\n`;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
