import { z } from 'zod';
import type { HttpServices } from '../dependencies.js';
import { openApiDocument } from '../openapi/document.js';
import { defineRoute, type Route, type RouteInput } from '../routing/route.js';

const SECONDS = 300;
const Description = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

/** The description of the interface. `routes` gives the whole table, of which this route is one. */
export function descriptionRoutes(routes: () => readonly Route<HttpServices>[]): readonly Route<HttpServices>[] {
  let text: string | null = null;
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
      handler: () => {
        text ??= JSON.stringify(openApiDocument(routes()));
        return Promise.resolve({ status: 200, body: text, headers: { 'Cache-Control': `public, max-age=${SECONDS}` } });
      },
    }),
  ];
}
