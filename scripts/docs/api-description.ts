import { openApiDocument } from '../../src/http/openapi/document.js';
import { PUBLIC_ROUTES } from '../../src/http/routes/routes.js';

/** docs/openapi.json: the interface as it is served at /openapi.json. */
export function apiDescription(): string {
  return `${JSON.stringify(openApiDocument(PUBLIC_ROUTES), null, 2)}\n`;
}
