import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// The page at /docs is the only one that loads it, so it is no dependency of the server.
const FILES = ['rapidoc-min.js', 'rapidoc-min.js.LICENSE.txt'];

/** Copies what pages load from development packages to dist/vendor, so that it ships without them. */
export async function copyVendored() {
  const folder = path.join(ROOT, 'dist/vendor');
  await mkdir(folder, { recursive: true });
  for (const file of FILES) await copyFile(path.join(ROOT, 'node_modules/rapidoc/dist', file), path.join(folder, file));
}
