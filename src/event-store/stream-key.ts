import { hash } from 'node:crypto';

/** 96 bits of the SHA-256 of a stream's name, as three unsigned numbers: what stands for the name in tables of very many streams. */
export interface StreamKey {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** See `StreamKey`. */
export function streamKey(stream: string): StreamKey {
  const digest = hash('sha256', stream, 'binary');
  return { a: wordOf(digest, 0), b: wordOf(digest, 4), c: wordOf(digest, 8) };
}

/** Four bytes of a digest, a character each, as a number. */
function wordOf(digest: string, at: number): number {
  const low = digest.charCodeAt(at) | (digest.charCodeAt(at + 1) << 8);
  return (low | (digest.charCodeAt(at + 2) << 16) | (digest.charCodeAt(at + 3) << 24)) >>> 0;
}
