/** `npm run build`: compiles what ships. In plain JavaScript, so that it needs no build itself. */
import { compile } from './compile.mjs';

try {
  await compile();
} catch {
  // esbuild has printed which file is wrong, and where.
  process.exitCode = 1;
}
