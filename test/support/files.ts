import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The files of a folder and its folders that hold one of the given texts or bytes, each as `file: which`. */
export function filesThatHold(folder: string, sought: Readonly<Record<string, string | Uint8Array>>): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ parentPath, name }) => {
    const content = readFileSync(path.join(parentPath, name));
    return Object.entries(sought).flatMap(([what, value]) =>
      content.includes(typeof value === 'string' ? value : Buffer.from(value)) ? [`${name}: ${what}`] : [],
    );
  });
}
