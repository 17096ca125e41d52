import { FORMATS } from '../domain/event-format/formats.js';
import type { WireData } from '../domain/event-format/field.js';
import type { EventType } from '../domain/event.js';

/** Makes the data of the next schema version of the data of one. */
export type Upcaster = (data: WireData) => WireData;

/** By event type and then by the schema version that an upcaster takes. */
export type Upcasters = Readonly<Partial<Record<EventType, Readonly<Record<number, Upcaster>>>>>;

/** Every older shape that a log may hold: none yet. */
export const UPCASTERS: Upcasters = {};

/** The data of an event in the newest version that upcasters lead to. Unknown types and versions stay as they are. */
export function upcast(
  { type, schemaVersion, data }: { readonly type: string; readonly schemaVersion: number; readonly data: WireData },
  upcasters: Upcasters,
): { readonly schemaVersion: number; readonly data: WireData } {
  let [version, newest] = [schemaVersion, data];
  if (!Object.hasOwn(FORMATS, type)) return { schemaVersion, data };
  const steps = upcasters[type as EventType] ?? {};
  for (let step = steps[version]; step !== undefined; step = steps[version]) {
    newest = step(newest);
    version += 1;
  }
  return { schemaVersion: version, data: newest };
}
