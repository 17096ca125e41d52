import { sign, verify, type KeyObject } from 'node:crypto';
import { fromBase64 } from './base64.js';
import { HASH_BYTES } from './merkle.js';
import { verifierOf, type Verifier } from './verifier-key.js';

/** What a checkpoint note says: the root over the first `size` events of the log that is called `origin`. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** A note as it was read; whether a signature is good is another question (`isSignedBy`). */
export interface SignedNote extends Checkpoint {
  /** What is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

interface NoteSignature {
  readonly name: string;
  readonly keyId: Buffer;
  readonly signature: Buffer;
}

/** What is no checkpoint note; the message says why. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;

/** Signs a checkpoint as a C2SP note (tlog-checkpoint, signed-note), with an Ed25519 key under the origin's name. */
export function signNote({ origin, size, root }: Checkpoint, keys: { key: KeyObject; publicKey: KeyObject }): string {
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const { keyId } = verifierOf(origin, keys.publicKey);
  const signature = Buffer.concat([keyId, sign(null, Buffer.from(text), keys.key)]).toString('base64');
  return `${text}\n— ${origin} ${signature}\n`;
}

/** Reads a note. Throws `NoteError`. Further lines below the root are allowed, and signatures of others too. */
export function parseNote(note: string): SignedNote {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new NoteError('it is no signed note: text, a blank line, signatures');
  const text = note.slice(0, end + 1);
  const [origin = '', size = '', root = ''] = text.split('\n');
  const bytes = fromBase64(root);
  if (!/^[^\s+]+$/.test(origin)) throw new NoteError('its first line is no origin');
  if (!/^(?:0|[1-9]\d{0,14})$/.test(size)) throw new NoteError('its second line is no size');
  if (bytes?.length !== HASH_BYTES) throw new NoteError('its third line is no root');
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map(signatureOf);
  return { origin, size: Number(size), root: bytes, text, signatures };
}

/** Whether a note has a good signature of a verifier. */
export function isSignedBy({ text, signatures }: SignedNote, { name, keyId, publicKey }: Verifier): boolean {
  return signatures.some(
    (one) =>
      one.name === name &&
      one.keyId.equals(keyId) &&
      one.signature.length === SIGNATURE_BYTES &&
      verify(null, Buffer.from(text), publicKey, one.signature),
  );
}

function signatureOf(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— ([^\s+]+) (\S+)$/.exec(line) ?? [];
  const bytes = fromBase64(encoded);
  if (bytes === null || bytes.length <= KEY_ID_BYTES) throw new NoteError('a line below the text is no signature');
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}
