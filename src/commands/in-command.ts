import type { CommandName } from '../telemetry/span-names.js';
import { inSpan } from '../telemetry/tracing.js';

/** Runs a command in a span of its name; events that it appends name that span (`traceparent`). */
export function inCommand<T>(name: CommandName, run: () => T): T {
  return inSpan(`command ${name}`, {}, run);
}
