import { hash } from 'node:crypto';
import type { RecordedEvent } from './event-store.js';

/** What the records say of an event: where it stands, and what is stored. `stream` is the whole name, prefix included. */
export type EventOfRecord = Pick<RecordedEvent, 'stream' | 'revision' | 'id' | 'type' | 'data' | 'metadata'>;

/** The first line of what a MAC is computed over. */
export const MAC_FORMAT = 'tokenledger-mac-v1';
/** The first line of what a leaf of the Merkle tree is the hash of. */
export const LEAF_FORMAT = 'tokenledger-leaf-v1';

/**
 * What the MAC of an event is computed over: lines, each ended by a line feed, in this order: the format, the history in force at
 * its position, stream, revision, id, type, canonical data, canonical metadata without `mac`. No line of an event of ours holds a
 * line feed, so no two events have the same record.
 */
export function macRecord(event: EventOfRecord, historyId: string, metadataWithoutMac: string): string {
  return `${MAC_FORMAT}\n${historyId}\n${placeLines(event)}${event.data}\n${metadataWithoutMac}\n`;
}

/**
 * What a leaf of the Merkle tree is the hash of (also in docs/EVENTS.md): the format, stream, revision, id, type,
 * and in lower-case hex the SHA-256 of the canonical data and of the canonical metadata, `mac` included, as they are stored.
 */
export function leafRecord(event: EventOfRecord): string {
  return leafRecordOf(placeLines(event), event.data, event.metadata);
}

/** The same of the lines for stream, revision, id and type, where these are at hand as they stand in the record. */
export function leafRecordOf(place: string, data: string, metadata: string): string {
  return `${LEAF_FORMAT}\n${place}${sha256(data)}\n${sha256(metadata)}\n`;
}

/** Names what an event says, in lower-case hex, to disown exactly that one. */
export function contentDigest(event: EventOfRecord): string {
  return sha256(leafRecord(event));
}

function placeLines({ stream, revision, id, type }: EventOfRecord): string {
  return `${stream}\n${revision}\n${id}\n${type}\n`;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
