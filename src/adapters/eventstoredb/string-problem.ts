/** What the client says of a connection string that it cannot read: where, and what belongs there. */
interface ParseError {
  readonly location: readonly [from: number, to: number];
  readonly expected: string;
}

const OPTION = /[?&]([^=?&]+)=$/;

/**
 * What is wrong with a connection string by what the client says of it; completes "EVENTSTORE_URL …". The client quotes what it could not
 * read, up to the whole with its password: only the name of an option and what belongs there are said.
 */
export function problemOf(error: unknown, url: string): string {
  if (error instanceof URIError) return 'cannot be used: its user name or password is not URL-encoded';
  if (isParseError(error)) {
    const [, option] = OPTION.exec(url.slice(0, error.location[0])) ?? [];
    const expected = error.expected === 'Integer' ? 'a whole number' : error.expected;
    if (option !== undefined) return `cannot be used: ${option} must be ${expected}`;
  }
  if (error instanceof Error && /^Failed to load|^userCertFile/.test(error.message))
    return `cannot be used: ${error.message.replace(/\.$/, '')}`;
  return 'cannot be used: it must look like esdb://user:password@host:2113?tls=true';
}

function isParseError(error: unknown): error is ParseError {
  return error instanceof Error && 'location' in error && 'expected' in error && Array.isArray(error.location);
}
