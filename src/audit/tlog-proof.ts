import { fromBase64 } from './base64.js';
import { HASH_BYTES, leafHash } from './merkle.js';
import { isIncluded } from './merkle-proof.js';
import { isSignedBy, NoteError, parseNote } from './note.js';
import type { Verifier } from './verifier-key.js';

const HEADER = 'c2sp.org/tlog-proof@v1';

/** That an event stands in the log: its place, the way from its leaf to the root, and the note that signs the root. */
export interface TlogProof {
  /** The record that the leaf is the hash of; null if it is not said. */
  readonly extra: string | null;
  readonly index: number;
  readonly hashes: readonly Buffer[];
  readonly note: string;
}

/** A proof as a `.tlog-proof` file (C2SP tlog-proof). */
export function formatProof({ extra, index, hashes, note }: TlogProof): string {
  const lines = [
    HEADER,
    ...(extra === null ? [] : [`extra ${Buffer.from(extra).toString('base64')}`]),
    `index ${index}`,
    ...hashes.map((hash) => hash.toString('base64')),
  ];
  return `${lines.join('\n')}\n\n${note}`;
}

const FILE = /^c2sp\.org\/tlog-proof@v1\n(?:extra (\S*)\n)?index (0|[1-9]\d{0,14})\n((?:\S{44}\n){0,64})\n/;

/** Reads a `.tlog-proof` file; null for what is none. */
export function parseProof(text: string): TlogProof | null {
  const [head, encoded, index, lines = ''] = FILE.exec(text) ?? [];
  if (head === undefined) return null;
  const extra = encoded === undefined ? null : fromBase64(encoded);
  const hashes = lines.split('\n').slice(0, -1).map(fromBase64);
  if ((encoded !== undefined && extra === null) || !hashes.every(isHash)) return null;
  return { extra: extra?.toString('utf8') ?? null, index: Number(index), hashes, note: text.slice(head.length) };
}

/** What a proof shows, or why it shows nothing. */
export type CheckedProof =
  | { readonly ok: true; readonly index: number; readonly size: number; readonly origin: string }
  | { readonly ok: false; readonly reason: string };

/** Checks, without the log, that a proof shows an event (by its leaf's record) to stand in the log of a verifier. */
export function checkProof(text: string, record: string, verifier: Verifier): CheckedProof {
  const no = (reason: string): CheckedProof => ({ ok: false, reason });
  const proof = parseProof(text);
  if (proof === null) return no('the file is no tlog-proof');
  try {
    const note = parseNote(proof.note);
    if (note.origin !== verifier.name) return no(`the note is of ${note.origin}, the key of ${verifier.name}`);
    if (!isSignedBy(note, verifier)) return no('the note is not signed by this key');
    if (proof.extra !== null && proof.extra !== record)
      return no('the proof is of another event, or the event was altered');
    const { index, hashes } = proof;
    if (!isIncluded({ index, leaf: leafHash(record), proof: hashes }, note))
      return no('the event does not stand at this place of the signed log');
    return { ok: true, index, size: note.size, origin: note.origin };
  } catch (error) {
    if (error instanceof NoteError) return no(`the note cannot be read: ${error.message}`);
    throw error;
  }
}

function isHash(bytes: Buffer | null): bytes is Buffer {
  return bytes?.length === HASH_BYTES;
}
