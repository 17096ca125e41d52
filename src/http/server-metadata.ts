import type { z } from 'zod';
import { DPOP_ALGORITHMS } from '../security/dpop-proofs.js';
import type { HttpSettings } from './dependencies.js';
import type { ServerMetadataView } from './views.js';

/** Where the metadata are, below the issuer's address (RFC 8414 §3). */
export const METADATA_PATH = '/.well-known/oauth-authorization-server';

const CLIENT_METHODS = ['none', 'client_secret_basic'];

/** The metadata of an authorization server (RFC 8414 §2). Every address is below `url`, where clients reach it. */
export function serverMetadata({ issuer, url }: Pick<HttpSettings, 'issuer' | 'url'>): z.input<typeof ServerMetadataView> {
  const base = url.replace(/\/$/, '');
  return {
    issuer,
    jwks_uri: `${base}/.well-known/jwks.json`,
    token_endpoint: `${base}/oauth2/token`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    introspection_endpoint: `${base}/oauth2/introspect`,
    // Required by RFC 8414; there is no authorization endpoint that would take one.
    response_types_supported: [],
    grant_types_supported: ['refresh_token'],
    token_endpoint_auth_methods_supported: CLIENT_METHODS,
    revocation_endpoint_auth_methods_supported: CLIENT_METHODS,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    dpop_signing_alg_values_supported: [...DPOP_ALGORITHMS],
    service_documentation: `${base}/docs`,
  };
}
