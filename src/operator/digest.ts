import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What a file held when it was written. */
export interface FileDigest {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** How many line ends there are. */
  readonly lines: number;
}

const LINE_FEED = 0x0a;

/** Takes the bytes of a file one piece after the other. */
export class Digester {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #lines = 0;

  take(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.#bytes += piece.length;
    for (let at = piece.indexOf(LINE_FEED); at !== -1; at = piece.indexOf(LINE_FEED, at + 1)) this.#lines += 1;
  }

  /** To be called once, at the end. */
  digest(): FileDigest {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex'), lines: this.#lines };
  }
}

/** The digest of a file as it is now. Rejects as the file system does. */
export async function digestOf(file: string): Promise<FileDigest> {
  const digester = new Digester();
  for await (const piece of createReadStream(file) as AsyncIterable<Uint8Array>) digester.take(piece);
  return digester.digest();
}
