import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of one's own for a test, and how to remove it with all that is in it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tokenledger-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
