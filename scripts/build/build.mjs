/** `npm run build`: compiles what ships; with `--tests`, the tests beside it. In plain JavaScript, so that it needs no build itself. */
import { compile, FOLDERS } from './compile.mjs';

try {
  await compile(process.argv.includes('--tests') ? [...FOLDERS, 'test'] : FOLDERS);
} catch {
  // esbuild has printed which file is wrong, and where.
  process.exitCode = 1;
}
