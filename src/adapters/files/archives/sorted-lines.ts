import type { FileHandle } from 'node:fs/promises';

/** A line of a file, and where the next one begins. */
export interface Line {
  readonly text: string;
  readonly end: number;
}

const LINE_FEED = 0x0a;
const CHUNK_BYTES = 64 * 1024;

/** The line that begins at an offset, without its line feed; null at the end of the file. */
export async function lineAt(file: FileHandle, offset: number): Promise<Line | null> {
  const parts: Buffer[] = [];
  for (let at = offset; ;) {
    const chunk = await chunkAt(file, at);
    const end = chunk.indexOf(LINE_FEED);
    if (end >= 0 || chunk.length === 0) {
      parts.push(end >= 0 ? chunk.subarray(0, end) : chunk);
      const text = Buffer.concat(parts);
      const isEnd = chunk.length === 0;
      return isEnd && text.length === 0 ? null : { text: text.toString(), end: offset + text.length + (isEnd ? 0 : 1) };
    }
    parts.push(chunk);
    at += chunk.length;
  }
}

/** The lines from an offset on. */
export async function* linesFrom(file: FileHandle, offset: number): AsyncGenerator<string, void, undefined> {
  let rest = Buffer.alloc(0);
  for (let at = offset; ;) {
    const chunk = await chunkAt(file, at);
    if (chunk.length === 0) break;
    at += chunk.length;
    const lines = Buffer.concat([rest, chunk]);
    let begin = 0;
    for (let end = lines.indexOf(LINE_FEED); end >= 0; end = lines.indexOf(LINE_FEED, begin)) {
      yield lines.toString('utf8', begin, end);
      begin = end + 1;
    }
    rest = lines.subarray(begin);
  }
  if (rest.length > 0) yield rest.toString();
}

/**
 * Where the first line begins for which something does not hold that holds for all lines before it; the end of the file if it holds
 * for all. The lines are sorted by it, so this reads as many lines as the file can be halved.
 */
export async function firstLineNot(file: FileHandle, holds: (line: string) => boolean): Promise<number> {
  let low = 0;
  let high = (await file.stat()).size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const begin = middle === low ? low : await nextLine(file, middle - 1);
    const line = begin < high ? await lineAt(file, begin) : null;
    if (line !== null && holds(line.text)) low = line.end;
    else high = middle;
  }
  return low;
}

/** Where the first line begins after the line feed that stands at an offset or after it. */
async function nextLine(file: FileHandle, offset: number): Promise<number> {
  for (let at = offset; ;) {
    const chunk = await chunkAt(file, at);
    const end = chunk.indexOf(LINE_FEED);
    if (end >= 0) return at + end + 1;
    if (chunk.length === 0) return at;
    at += chunk.length;
  }
}

async function chunkAt(file: FileHandle, offset: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
  return buffer.subarray(0, bytesRead);
}
