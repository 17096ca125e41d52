import { Counter, Gauge, type Registry } from 'prom-client';
import { PASSWORD_QUEUES, PROCESSOR_STATES, SKIP_REASONS, STORES, type ProcessorState } from './outcomes.js';
import type { SkipReason } from '../../event-store/recorded-decoding.js';

/** What is asked for at each scrape. None may reject. */
export interface MetricSources {
  /** How old the oldest event is that the read model does not show yet, in seconds; null if that is unknown. */
  readonly lagSeconds: () => Promise<number | null>;
  readonly projectorState: () => ProcessorState;
  readonly eraserState: () => ProcessorState;
  /** Erasures that this process has begun and not done, and when it did the last one: milliseconds since 1970, null for never. */
  readonly erasures: () => { readonly pending: number; readonly lastDoneAt: number | null };
  /** By the name of each lease, whether this process holds it. */
  readonly leases: () => Readonly<Record<string, boolean>>;
  readonly stores: () => Promise<Readonly<Record<(typeof STORES)[number], boolean>>>;
  /** How many events were left out when they were read, since the start. */
  readonly skippedEvents: () => Readonly<Record<SkipReason, number>>;
  /** How many wait in each queue of passwords. */
  readonly passwordQueues: () => Readonly<Record<(typeof PASSWORD_QUEUES)[number], number>>;
  readonly version: string;
}

/** Registers what is measured when it is asked for. */
export function registerGauges(registry: Registry, sources: MetricSources): void {
  const registers = [registry];
  new Gauge({
    name: 'tokenledger_projection_lag_seconds',
    help: 'Age of the oldest event that the read model does not show yet.',
    registers,
    async collect() {
      this.set((await sources.lagSeconds()) ?? Number.NaN);
    },
  });
  registerState(registry, 'projector', sources.projectorState);
  registerState(registry, 'eraser', sources.eraserState);
  new Gauge({
    name: 'tokenledger_erasures_pending',
    help: 'Erasures that this process has begun and not done.',
    registers,
    collect() {
      this.set(sources.erasures().pending);
    },
  });
  new Gauge({
    name: 'tokenledger_last_erasure_timestamp_seconds',
    help: 'When this process has done its last erasure; 0 for never since its start.',
    registers,
    collect() {
      this.set((sources.erasures().lastDoneAt ?? 0) / 1000);
    },
  });
  new Counter({
    name: 'tokenledger_events_skipped_total',
    help: 'Events that were left out when they were read.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      const skipped = sources.skippedEvents();
      for (const reason of SKIP_REASONS) this.inc({ reason }, skipped[reason]);
    },
  });
  new Gauge({
    name: 'tokenledger_lease_held',
    help: '1 if this process holds the lease.',
    labelNames: ['name'],
    registers,
    collect() {
      for (const [name, isHeld] of Object.entries(sources.leases())) this.set({ name }, isHeld ? 1 : 0);
    },
  });
  new Gauge({
    name: 'tokenledger_store_up',
    help: '1 if the store answers.',
    labelNames: ['store'],
    registers,
    async collect() {
      const up = await sources.stores();
      for (const store of STORES) this.set({ store }, up[store] ? 1 : 0);
    },
  });
  new Gauge({
    name: 'tokenledger_password_queue',
    help: 'Passwords that wait to be hashed.',
    labelNames: ['queue'],
    registers,
    collect() {
      const waiting = sources.passwordQueues();
      for (const queue of PASSWORD_QUEUES) this.set({ queue }, waiting[queue]);
    },
  });
  new Gauge({
    name: 'tokenledger_build_info',
    help: 'Always 1; its labels are the versions.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: sources.version, node: process.version }, 1);
}

function registerState(registry: Registry, processor: 'projector' | 'eraser', stateNow: () => ProcessorState): void {
  new Gauge({
    name: `tokenledger_${processor}_state`,
    help: `1 for the state that the ${processor} of this process is in.`,
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const present = stateNow();
      for (const state of PROCESSOR_STATES) this.set({ state }, state === present ? 1 : 0);
    },
  });
}
