import { afterEach, beforeEach } from '@jest/globals';
import path from 'node:path';
import { temporaryFolder } from '../temporary-folder.js';

/** Where each test of a suite has an outbox of its own, which is not there yet, in a folder of its own. */
export function outboxFolder(): { readonly parent: string; readonly path: string } {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());
  return {
    get parent() {
      return folder.path;
    },
    get path() {
      return path.join(folder.path, 'outbox');
    },
  };
}
