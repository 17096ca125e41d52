import type { Config } from '../config.js';
import { isLoopback } from '../config/networks.js';

/** Who this installation is, and where clients reach it. */
export interface OwnUrls {
  /** The `iss` of new tokens. */
  readonly issuer: string;
  /** Below it are the endpoints that the metadata name and the pages that mails link to. */
  readonly url: string;
}

export interface OwnUrlsOptions extends Pick<Config, 'issuer'> {
  /** The issuer with which the log was opened. */
  readonly openedIssuer: string;
  /** The URL at which this process listens; null where it does not, or where that is not known. */
  readonly listensAt: string | null;
}

/**
 * ISSUER is both. Without it the issuer stays the one with which the log was opened, whatever the port is now: programs that verify
 * tokens know it. If that one is only where a server listened, links lead to where this one listens.
 */
export function ownUrls({ issuer: configured, openedIssuer, listensAt }: OwnUrlsOptions): OwnUrls {
  if (configured !== null) return { issuer: configured, url: configured };
  const opened = new URL(openedIssuer);
  if (listensAt === null || !isLoopbackUrl(opened)) return { issuer: openedIssuer, url: openedIssuer };
  // A process that did not listen has opened the log, and the port was not chosen.
  const isKnown = opened.port !== '0';
  return { issuer: isKnown ? openedIssuer : listensAt, url: listensAt };
}

function isLoopbackUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
