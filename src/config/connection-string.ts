/** `user:password@host:port,host:port` of a connection string, and what follows it. */
const PARTS = /^[^:]+:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/su;

const HOST = /^(?:\[[^\s[\]@]+\]|[^\s:@/?#[\]]+)(?::(?<port>\d{1,5}))?$/;
const MAX_PORT = 65_535;

const ENCODING =
  'must have its user name and password URL-encoded: @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25 ' +
  '(behind the host, @ is %40 as well)';
const HOSTS = 'must name its hosts as host:port, separated by commas, each port from 1 to 65535';

/**
 * What is wrong with the user, the password or the hosts of a connection string; the message completes "NAME …" and quotes nothing.
 * Null if nothing is. Drivers divide a string with unescaped characters each in its own way: a part of a password becomes the host that is
 * looked for, and its name goes to the log.
 */
export function addressProblem(text: string): string | null {
  const { authority = '', rest = '' } = PARTS.exec(text.trim())?.groups ?? {};
  const [hosts = '', user, ...others] = authority.split('@').toReversed();
  // An @ behind the host is the end of a password that holds one of / ? #.
  if (others.length > 0 || rest.includes('@') || !isEncoded(user ?? '')) return ENCODING;
  return hosts.split(',').every(isHost) ? null : HOSTS;
}

/**
 * The same for a URL of one host, as the WHATWG reads it: there the last @ ends the password, whatever stands before it.
 */
export function urlAddressProblem(text: string): string | null {
  const { authority = '', rest = '' } = PARTS.exec(text.trim())?.groups ?? {};
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  return rest.includes('@') || !isDecodable(user) ? ENCODING : null;
}

function isEncoded(user: string): boolean {
  return user.split(':').length <= 2 && isDecodable(user);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isHost(text: string): boolean {
  const found = HOST.exec(text.trim());
  const port = Number(found?.groups?.port ?? 1);
  return found !== null && port >= 1 && port <= MAX_PORT;
}
