/**
 * Types of `tokenledger-auth/dpop`: proofs of possession (DPoP, RFC 9449). auth.js loads it by itself for `createAuth({ dpop: true })`;
 * an application imports it for resource servers at other origins, and to recognise the error. What it promises stands at the head of
 * auth-dpop.js itself.
 */

/** The browser keeps no key: no IndexedDB, no Web Crypto (which needs a secure context), or a private mode that stores no keys. */
export class DpopUnavailableError extends Error {
  constructor(cause?: unknown);
  readonly name: 'DpopUnavailableError';
  readonly code: 'dpop_unavailable';
}

/**
 * `fetch`, but a Bearer token that is bound to the key of this browser is sent as `DPoP`, with a proof. Everything else is sent as it
 * is, except that sign-ins, refreshes and sign-outs below `base` carry a proof.
 *
 * @param base Where the sign-in endpoints are, `apiOrigin` and `basePath` of `createAuth` together: each has a key of its own.
 * @param storageKey As given to `createAuth`; `tokenledger` by default.
 * @example
 * const orders = dpopFetch('https://auth.example.com/api/v1/auth');
 * await orders('https://orders.example.com/', { headers: { Authorization: `Bearer ${await auth.getAccessToken()}` } });
 */
export function dpopFetch(base: string, storageKey?: string): typeof fetch;
