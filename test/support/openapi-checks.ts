import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** An answer, by the route that gave it. */
export interface GivenAnswer {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The schemas of a description, each compiled once, when a body is first compared with it. */
export class DescribedBodies {
  readonly description: ApiDescription;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(description: ApiDescription) {
    this.description = description;
    this.#ajv.addSchema(description, 'api');
  }

  /** What is wrong with a body, or null. */
  problem(route: string, method: string, status: number, mediaType: string, body: string): string | null {
    const path = ['paths', route, method, 'responses', String(status), 'content', mediaType, 'schema'];
    const pointer = path.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const validate = this.#validators.get(pointer) ?? this.#ajv.compile({ $ref: `api#/${pointer}` });
    this.#validators.set(pointer, validate);
    return validate(JSON.parse(body)) ? null : `${this.#ajv.errorsText(validate.errors)} in ${body}`;
  }
}

/** Compares answers with a description. */
export class AnswerChecks {
  readonly #bodies: DescribedBodies;
  /** The answers that came, as `POST /path 200`. */
  readonly seen = new Set<string>();
  readonly problems: string[] = [];

  constructor(bodies: DescribedBodies) {
    this.#bodies = bodies;
  }

  /** Every success that is described, as `POST /path 200`. */
  get successes(): readonly string[] {
    return Object.entries(this.#bodies.description.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses)
          .filter((status) => status.startsWith('2'))
          .map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    );
  }

  /** Whether a route is part of the description: pages and their scripts are not. */
  describes(route: string): boolean {
    return route in this.#bodies.description.paths;
  }

  check({ method, route, status, contentType, body }: GivenAnswer): void {
    const name = `${method} ${route} ${status}`;
    this.seen.add(name);
    const response = this.#bodies.description.paths[route]?.[method.toLowerCase()]?.responses[status];
    const [mediaType = ''] = contentType.split(';');
    if (response === undefined) this.problems.push(`${name} is not described`);
    else if (response.content === undefined) {
      if (body !== '') this.problems.push(`${name} has a body: ${body}`);
    } else if (!(mediaType in response.content)) this.problems.push(`${name} is not described as ${mediaType}`);
    else if (mediaType.endsWith('json')) {
      const problem = this.#bodies.problem(route, method.toLowerCase(), status, mediaType, body);
      if (problem !== null) this.problems.push(`${name}: ${problem}`);
    }
  }
}
