import type { z } from 'zod';

/** One environment variable: how its text is checked, what it is when it is not set, and what it is for. */
export interface Variable<T> {
  readonly check: z.ZodType<T, string>;
  /** The text that counts when the variable is not set; null: it stays unset. */
  readonly fallback: string | null;
  /** A sentence for the reference of the configuration. */
  readonly description: string;
  /** Its value is a secret: it may be given as the path of a file in `<NAME>_FILE`. */
  readonly secret: boolean;
}

/** Variables by their names. */
export type Variables = Readonly<Record<string, Variable<unknown>>>;

/** The checked values of variables; null is not set. */
export type ValuesOf<V extends Variables> = { readonly [N in keyof V]: V[N] extends Variable<infer T> ? T : never };

/** A variable with a default. */
export function withDefault<T>(check: z.ZodType<T, string>, fallback: string, description: string): Variable<T> {
  return { check, fallback, description, secret: false };
}

/** A variable that may stay unset. */
export function optional<T>(check: z.ZodType<T, string>, description: string): Variable<T | null> {
  return { check: check, fallback: null, description, secret: false };
}

/** A variable that may stay unset and whose value is a secret. */
export function secret<T>(check: z.ZodType<T, string>, name: string, description: string): Variable<T | null> {
  return {
    ...optional(check, `${description} Its value is a secret: \`${name}_FILE\` may name a file that holds it.`),
    secret: true,
  };
}
