import { timingSafeEqual, type KeyObject } from 'node:crypto';
import { parseStreamName, type StreamId } from '../domain/streams.js';
import { MAC_FORMAT } from './event-record.js';
import { hmacUnder } from './hmac.js';
import type { IntegrityKeys } from './integrity.js';
import type { LogHistory } from './log-history.js';
import type { LogText } from './log-text.js';

/** What the checking of a text stands on. */
export interface TextCheck {
  readonly prefix: string;
  readonly keys: Pick<IntegrityKeys, 'of'>;
  readonly history: LogHistory;
}

/** The events of a text that are ours: all of them have a valid MAC. */
export interface AuthenticText {
  readonly text: LogText;
  /** The streams of the events by their index in the text; null for those of others. */
  readonly streams: readonly (StreamId | null)[];
  /** The history that they are MACed under. */
  readonly historyId: string;
}

const DIGEST_CHARACTERS = 43;
// In UTF-16 no two texts have the same bytes.
const DIGEST_BYTES = DIGEST_CHARACTERS * 2;

/**
 * Checks the MACs of a whole text at once. Null if there is anything unusual about it, an event of `…log` say, a second key or an event
 * without a valid MAC: it is looked at event by event then. So this decides only what needs no second look, in the form that this
 * program writes.
 */
export function authenticText(text: LogText, { prefix, keys, history }: TextCheck): AuthenticText | null {
  const streams = streamsOf(text, prefix);
  const [first, last] = [text.position(0), text.position(text.count - 1)];
  // Histories and keys change at events of `…log` alone: without one they are the same all over the text.
  const historyId = history.at(first);
  if (streams === null || historyId === null || historyId !== history.at(last)) return null;
  const ours = streams.findIndex((stream) => stream !== null);
  if (ours < 0) return { text, streams, historyId };
  const kid = /"mac":"([\w-]+)\./.exec(text.metadata(ours))?.[1];
  const key = kid === undefined ? null : keys.of(kid);
  if (kid === undefined || key === null || !history.isKeyValid(kid, first) || !history.isKeyValid(kid, last)) return null;
  return hasValidMacs({ text, streams, historyId }, kid, key) ? { text, streams, historyId } : null;
}

/** Null if one of them is `…log`. */
function streamsOf(text: LogText, prefix: string): readonly (StreamId | null)[] | null {
  const streams: (StreamId | null)[] = [];
  let [name, stream]: [string, StreamId | null] = ['', null];
  for (let index = 0; index < text.count; index += 1) {
    const next = text.stream(index);
    // Those of one append stand beside each other.
    if (next !== name) {
      stream = parseStreamName(next, prefix);
      name = next;
    }
    if (stream?.kind === 'log') return null;
    streams.push(stream);
  }
  return streams;
}

function hasValidMacs({ text, streams, historyId }: AuthenticText, kid: string, key: KeyObject): boolean {
  const hmac = hmacUnder(key);
  const head = `${MAC_FORMAT}\n${historyId}\n`;
  const [claimed, computed] = [Buffer.alloc(text.count * DIGEST_BYTES), Buffer.alloc(text.count * DIGEST_BYTES)];
  for (let index = 0, at = 0; index < text.count; index += 1) {
    if (streams[index] === null) continue;
    const parts = partsOf(text.metadata(index), kid);
    if (parts === null) return false;
    claimed.write(parts.digest, at, 'utf16le');
    computed.write(hmac.of(`${head}${text.placeAndData(index)}${parts.withoutMac}\n`), at, 'utf16le');
    at += DIGEST_BYTES;
  }
  return timingSafeEqual(claimed, computed);
}

const BEFORE = ',"mac":"';
const AFTER = '","occurredAt":"';

/**
 * The digest of metadata in their usual form, and the text without the MAC. Where that text is authentic, it is canonical, and the MAC
 * stands at its place between `correlationId` and `occurredAt`: texts hold no quote that is not escaped. Null for any other form.
 */
function partsOf(metadata: string, kid: string): { readonly digest: string; readonly withoutMac: string } | null {
  const begin = metadata.indexOf(BEFORE);
  const end = begin + BEFORE.length + kid.length + 1 + DIGEST_CHARACTERS;
  if (begin < 0 || !metadata.startsWith(`${kid}.`, begin + BEFORE.length) || !metadata.startsWith(AFTER, end)) return null;
  return {
    digest: metadata.slice(end - DIGEST_CHARACTERS, end),
    withoutMac: metadata.slice(0, begin + 1) + metadata.slice(end + 2),
  };
}
