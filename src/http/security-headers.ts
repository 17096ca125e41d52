import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';
import type { Context, Next } from 'koa';
import { constantHeaders } from './constant-headers.js';

/** A page loads only what this server itself serves. */
const POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** Powerful features that no page of ours uses. */
const UNUSED_FEATURES = ['camera', 'geolocation', 'microphone', 'midi', 'payment', 'usb', 'browsing-topics'];
const PERMISSIONS_POLICY = UNUSED_FEATURES.map((feature) => `${feature}=()`).join(', ');

/**
 * Sets the security headers of every answer. `hstsSeconds` 0 sets no Strict-Transport-Security: it binds the whole host name for
 * long, and only the operator knows whether all of it is served by TLS. Subdomains are never included.
 */
export function securityHeaders(hstsSeconds: number): (ctx: Context, next: Next) => Promise<void> {
  const give = constantHeaders(headersOf(hstsSeconds));
  return (ctx, next) => {
    give(ctx.res);
    return next() as Promise<void>;
  };
}

/** The policy of all pages with some directives of one page instead of theirs. */
export function contentSecurityPolicy(directives: Readonly<Record<string, readonly string[]>>): string {
  const all: Readonly<Record<string, readonly string[]>> = { ...POLICY.directives, ...directives };
  return Object.entries(all)
    .map(([name, sources]) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${sources.join(' ')}`)
    .join(';');
}

/** What helmet sets is the same for all requests, so it runs once. */
function headersOf(hstsSeconds: number): Record<string, string> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet({
    contentSecurityPolicy: POLICY,
    frameguard: { action: 'deny' },
    strictTransportSecurity: hstsSeconds > 0 && { maxAge: hstsSeconds, includeSubDomains: false },
  })(request, response, (error) => {
    if (error !== undefined) throw error as Error;
  });
  const headers = Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]);
  return { ...(Object.fromEntries(headers) as Record<string, string>), 'permissions-policy': PERMISSIONS_POLICY };
}
