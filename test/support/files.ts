import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Texts or bytes to look for, by what they are. */
export type Sought = Readonly<Record<string, string | Uint8Array>>;

/** The bytes of something that has a name. */
export type Content = readonly [name: string, bytes: Uint8Array];

/** The files of a folder and, unless `recursive` is false, of its folders, by their names alone. */
export function filesOf(folder: string, { recursive = true } = {}): Content[] {
  const files = readdirSync(folder, { recursive, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ parentPath, name }): Content[] => {
    try {
      return [[name, readFileSync(path.join(parentPath, name))]];
    } catch (error) {
      // Renamed or removed since it was listed: a mail is written under another name first.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** The contents that hold one of the given texts or bytes, each as `name: which`. */
export function contentsThatHold(contents: readonly Content[], sought: Sought): string[] {
  return contents.flatMap(([name, bytes]) => {
    const content = Buffer.from(bytes);
    return Object.entries(sought).flatMap(([what, value]) =>
      content.includes(typeof value === 'string' ? value : Buffer.from(value)) ? [`${name}: ${what}`] : [],
    );
  });
}

/** The files of a folder and its folders that hold one of the given texts or bytes, each as `file: which`. */
export function filesThatHold(folder: string, sought: Sought): string[] {
  return contentsThatHold(filesOf(folder), sought);
}
