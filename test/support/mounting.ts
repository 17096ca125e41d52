import { it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { temporaryFolder } from './temporary-folder.js';

/** A test that mounts, which takes a privilege: visibly skipped where that is not permitted. */
export const mountingIt = isPermitted() ? it : it.skip;

/** Mounts with these arguments of mount(8). Throws if that fails. */
export function mount(args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' });
}

/** Unmounts at once; the driver keeps closed files open until their statements are collected. */
export function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
}

function isPermitted(): boolean {
  const folder = temporaryFolder();
  try {
    mount(['--bind', folder.path, folder.path]);
    unmount(folder.path);
    return true;
  } catch (error) {
    process.stderr.write(`tests that mount are skipped: ${String(error)}\n`);
    return false;
  } finally {
    folder.remove();
  }
}
