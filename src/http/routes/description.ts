import { z } from 'zod';
import type { HttpServices } from '../dependencies.js';
import { openApiDocument } from '../openapi/document.js';
import { pathOfUrl } from '../path-of-url.js';
import { defineRoute, type Route, type RouteInput } from '../routing/route.js';

const SECONDS = 300;
const Description = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

/** The description of the interface. `routes` gives the whole table, of which this route is one. */
export function descriptionRoutes(routes: () => readonly Route<HttpServices>[]): readonly Route<HttpServices>[] {
  const texts = new Map<string, string>();
  return [
    defineRoute<HttpServices, RouteInput, 'anyone'>({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This description',
      description: 'The interface as OpenAPI 3.1. `/docs` is a page to read it.',
      tag: 'services',
      input: {},
      outputs: { 200: Description },
      problems: [],
      errorFormat: 'problem',
      who: 'anyone',
      handler: (_request, { settings }) => {
        // Without a host, which has several names on a loopback address. RapiDoc takes no path that is relative to the description.
        const server = pathOfUrl(settings.url) || '/';
        const text = texts.get(server) ?? JSON.stringify(openApiDocument(routes(), server));
        texts.set(server, text);
        return Promise.resolve({ status: 200, body: text, headers: { 'Cache-Control': `public, max-age=${SECONDS}` } });
      },
    }),
  ];
}
