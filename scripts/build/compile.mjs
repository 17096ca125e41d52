import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { copyVendored } from './vendor.mjs';

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What ships. */
export const FOLDERS = ['src', 'projections', 'scripts'];
const OUT = 'dist';

/**
 * Compiles what ships, or what these folders hold, to dist/, a file for a file, beside what pages load from packages, and removes the
 * output of files that are gone. Types are not checked here (`npm run typecheck` does that): so neither a start nor the tests wait for
 * it. Rejects, after esbuild has printed why, if a file is wrong.
 *
 * @param {readonly string[]} [folders]
 */
export async function compile(folders = FOLDERS) {
  const sources = (await Promise.all(folders.map((folder) => filesIn(folder, '.ts')))).flat();
  await build({
    absWorkingDir: ROOT,
    entryPoints: sources,
    outdir: OUT,
    outbase: '.',
    // Not bundled: worker threads and files beside the code are found by `import.meta.url`.
    bundle: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    // The sources are there beside it; each process that shows where an error came from would hold them in memory.
    sourcesContent: false,
    logLevel: 'warning',
  });
  await copyVendored();
  await removeStale(folders, new Set(sources.map((source) => path.join(OUT, source.replace(/\.ts$/, '.js')))));
}

/**
 * @param {readonly string[]} folders
 * @param {Set<string>} fresh
 */
async function removeStale(folders, fresh) {
  for (const folder of folders)
    for (const file of await filesIn(path.join(OUT, folder), '.js'))
      if (!fresh.has(file)) for (const stale of [file, `${file}.map`]) await rm(path.join(ROOT, stale), { force: true });
}

/**
 * @param {string} folder
 * @param {string} extension
 * @returns {Promise<string[]>} the paths from ROOT
 */
async function filesIn(folder, extension) {
  const entries = await readdir(path.join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}
