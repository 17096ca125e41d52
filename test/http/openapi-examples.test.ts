/** Everything that is sent or answered has an example in the description; that they fit their schemas, the linter checks. */
import { describe, expect, it } from '@jest/globals';
import { openApiDocument } from '../../src/http/openapi/document.js';
import { PUBLIC_ROUTES } from '../../src/http/routes/routes.js';

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}
interface Described {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: unknown;
}
interface Media {
  readonly content?: Readonly<Record<string, Described>>;
}
interface Operation {
  readonly parameters: readonly (Described & { readonly name?: string })[];
  readonly requestBody?: Media;
  readonly responses: Readonly<Record<string, Media>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly headers: Readonly<Record<string, Described>>;
    readonly parameters: Readonly<Record<string, Described>>;
  };
}

const document = openApiDocument(PUBLIC_ROUTES) as Document;
const SELF_EVIDENT = ['enum', 'const', 'examples', '$ref'];

/** The values inside a schema that nobody shows. */
function unshown(schema: Schema, where: string): readonly string[] {
  if (SELF_EVIDENT.some((key) => key in schema)) return [];
  const { properties, items, anyOf } = schema;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, member]) => unshown(member, `${where}.${name}`));
  if (anyOf !== undefined) return anyOf.flatMap((one) => unshown(one, where));
  if (items !== undefined) return unshown(items, `${where}[]`);
  const types = [schema.type ?? []].flat();
  return types.includes('boolean') || types.every((type) => type === 'null') ? [] : [where];
}

const unshownIn = ({ schema, ...described }: Described, where: string): readonly string[] =>
  'example' in described || 'examples' in described ? [] : unshown(schema, where);

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
);

describe('the examples', () => {
  it.each(operations)('are complete for %s', (name, { parameters, requestBody, responses }) => {
    const bodies = [requestBody ?? {}, ...Object.values(responses)].flatMap(({ content = {} }) => Object.values(content));
    const named = parameters.filter((parameter) => !('$ref' in parameter));
    const all = [...bodies.map((body) => [body, name] as const), ...named.map((one) => [one, one.name ?? name] as const)];
    expect(all.flatMap(([described, where]) => unshownIn(described, where))).toEqual([]);
  });

  it('are complete for what operations share', () => {
    const { schemas, headers, parameters } = document.components;
    const shared = { ...headers, ...parameters };
    expect(Object.entries(shared).flatMap(([name, one]) => unshownIn(one, name))).toEqual([]);
    // Errors have a whole example a code, where they are answered.
    const views = Object.entries(schemas).filter(([name]) => name !== 'Problem' && name !== 'OAuthError');
    expect(views.flatMap(([name, schema]) => unshown(schema, name))).toEqual([]);
  });
});
