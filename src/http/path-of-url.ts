/** The path of a URL below which others are, without a slash at its end: empty for a URL without a path. */
export function pathOfUrl(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '');
}
