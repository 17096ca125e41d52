import { afterEach } from '@jest/globals';
import { temporaryFolder } from './temporary-folder.js';

/** What a test opens is closed after it, the last first. */
export interface ClosedAfterwards {
  push(close: () => unknown): void;
  /** A new folder, which is removed. */
  folder(): string;
}

/** Called where tests are described. */
export function closedAfterwards(): ClosedAfterwards {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return {
    push: (close) => void closing.push(close),
    folder: () => {
      const made = temporaryFolder();
      closing.push(() => made.remove());
      return made.path;
    },
  };
}
