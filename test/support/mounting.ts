import { execFileSync } from 'node:child_process';

/** Whether the mount was done. It takes a privilege: without it the test says so and checks nothing. */
export function mount(args: readonly string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'pipe' });
    return true;
  } catch (error) {
    process.stderr.write(`not checked, mounting is not permitted here: ${String(error)}\n`);
    return false;
  }
}

/** Takes the mount away at once; the driver keeps closed files open until their statements are collected. */
export function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
}
