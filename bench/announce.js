/** Tells the process that started this one where it listens and which refresh tokens to begin with, as one line of JSON. */
export function announce(target) {
  process.stdout.write(`${JSON.stringify(target)}\n`);
}
