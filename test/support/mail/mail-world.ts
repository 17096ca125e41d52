import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { appendToUser } from '../../../src/commands/append-to-user.js';
import { openStores, type Stores, type StoresConfig } from '../../../src/compose/stores.js';
import * as decide from '../../../src/domain/account/decide.js';
import type { AccountEvent } from '../../../src/domain/account/events.js';
import type { AccountSnapshot } from '../../../src/domain/account/snapshot.js';
import { mailStream, tokenStream, userStream } from '../../../src/domain/streams.js';
import type { FamilyEvent } from '../../../src/domain/token-family/events.js';
import type { FamilySnapshot } from '../../../src/domain/token-family/snapshot.js';
import { openEventLog, type OpenedLog } from '../../../src/event-store/open-event-log.js';
import type { Position } from '../../../src/event-store/position.js';
import { LogHub } from '../../../src/processors/log-hub.js';
import { Mailer } from '../../../src/processors/mailer.js';
import type { MailDelay, MailerOptions } from '../../../src/processors/mail/mailer-options.js';
import type { MailTransport } from '../../../src/processors/ports.js';
import { ProcessorRunner } from '../../../src/processors/processor-runner.js';
import type { Checkpoints } from '../../../src/processors/ports.js';
import { ClientSealing, type ClientInfo } from '../../../src/security/client-sealing.js';
import { createKeyFile, readKeyFile } from '../../../src/security/key-file.js';
import { Keyring } from '../../../src/security/keyring.js';
import { Limits } from '../../../src/security/limits/limits.js';
import { MemoryLimitCounters } from '../../../src/security/limits/memory-limit-counters.js';
import { MailCodes } from '../../../src/security/mail-codes.js';
import { Sealing } from '../../../src/security/sealing.js';
import { UserKeys } from '../../../src/security/user-keys.js';
import { aFamily } from '../event-log/some-family.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const CAUSE = { actor: 'user', correlationId: 'a request' } as const;

export interface RunningMailer {
  readonly mailer: Mailer;
  readonly outcomes: string[];
  readonly delays: MailDelay[];
  readonly runner: ProcessorRunner;
  stop(): Promise<void>;
}

/** A log, keys and checkpoints, and a mailer over them: what the mailer needs of an installation. */
export class MailWorld {
  readonly log: OpenedLog;
  readonly checkpoints: Checkpoints;
  readonly sealing: Sealing;
  readonly clientSealing: ClientSealing;
  readonly userKeys: UserKeys;
  readonly mailCodes: MailCodes;
  /** As long as the world is there, over all its mailers. */
  readonly limits = new Limits({ counters: new MemoryLimitCounters(), secret: createSecretKey(randomBytes(32)) });
  readonly destroyed: string[] = [];
  /** How far the clock is ahead of the machine's. */
  skewMs = 0;
  readonly #stores: Stores;

  private constructor(parts: { log: OpenedLog; keyring: Keyring; stores: Stores }) {
    this.log = parts.log;
    this.#stores = parts.stores;
    this.checkpoints = parts.stores.checkpoints;
    this.userKeys = new UserKeys({ keyStore: parts.stores.keyStore, masters: () => parts.keyring.masters });
    this.sealing = new Sealing(this.userKeys);
    this.clientSealing = new ClientSealing(this.sealing, this.userKeys);
    this.mailCodes = new MailCodes({ keyring: parts.keyring, now: this.now });
  }

  /** Opens an installation, or makes one. */
  static async open(config: StoresConfig): Promise<MailWorld> {
    const keysFile = path.join(config.dataDir, 'keys.json');
    const keys = existsSync(keysFile) ? await readKeyFile(keysFile) : await createKeyFile(keysFile, Date.now() - HOUR);
    const keyring = Keyring.from(keys);
    const stores = await openStores(config);
    const log = await openEventLog({
      ...{
        store: stores.eventStore,
        prefix: config.streamPrefix,
        keys: keyring.integrity,
        issuer: 'https://auth.example.com',
      },
      ...{ runSuffix: null, now: () => Date.now(), newId: randomUUID, mayOpen: true },
    });
    return new MailWorld({ log, keyring, stores });
  }

  readonly now = (): number => Date.now() + this.skewMs;

  async close(): Promise<void> {
    await this.#stores.close();
  }

  /** Registers somebody, which asks for a verification; `skipVerification` leaves that out. */
  async register(email: string, { skipVerification = false } = {}): Promise<{ userId: string; eventId: string }> {
    const userId = randomUUID();
    await this.userKeys.create(userId);
    const user = {
      email: await this.sealing.seal(userId, 'email', email),
      ...{ name: null, emailKey: randomBytes(32).toString('base64url'), passwordHash: 'sealed' },
    };
    const request = this.#request(userId);
    const events = skipVerification ? [decide.registerUser(user)] : decide.registerUserToVerify(user, request);
    const ids = [randomUUID(), request.eventId];
    const recorded = events.map((event, index) => ({ ...CAUSE, id: ids[index]!, occurredAt: this.now(), event }));
    await this.log.append(userStream(userId), recorded, 'no_stream');
    return { userId, eventId: request.eventId };
  }

  /** Resolves to the id of the event that asks for the mail. */
  async requestReset(userId: string): Promise<string> {
    const request = this.#request(userId);
    await this.change(userId, (account) => [decide.requestPasswordReset(account, request)!], request.eventId);
    return request.eventId;
  }

  async requestVerification(userId: string): Promise<string> {
    const request = this.#request(userId);
    await this.change(userId, (account) => [decide.requestEmailVerification(account, request)!], request.eventId);
    return request.eventId;
  }

  /** Uses up whatever verification is pending. */
  verify(userId: string): Promise<void> {
    return this.change(userId, (account) => {
      const { eventId } = account.pendingVerification!;
      const verified = decide.verifyEmail(account, { eventId, now: this.now(), codeLifetimeMs: 24 * HOUR });
      return 'events' in verified ? verified.events : [];
    });
  }

  async change(
    userId: string,
    decided: (account: AccountSnapshot) => readonly AccountEvent[],
    eventId?: string,
  ): Promise<void> {
    const context = { eventLog: this.log, alarms: this, now: this.now, newEventId: randomUUID };
    await appendToUser(context, userId, CAUSE, (account) => {
      return { events: decided(account), ...(eventId === undefined ? {} : { eventId }) };
    });
  }

  /** A sign-in on a device; resolves to its event. */
  async signIn(userId: string, client: ClientInfo, deviceId: string, name: string | null = null): Promise<string> {
    const deviceName = name === null ? null : await this.sealing.seal(userId, 'device_name', name);
    const sealed = await this.clientSealing.seal(userId, client);
    return this.appendToDevice(userId, deviceId, (family) => ({
      type: 'TokenIssued',
      data: { family, deviceName, client: sealed },
    }));
  }

  /** Appends whatever to a device's stream, over a family that fits the place. */
  async appendToDevice(userId: string, deviceId: string, event: (family: FamilySnapshot) => FamilyEvent): Promise<string> {
    const stream = tokenStream(userId, deviceId);
    const newest = await this.log.readNewest(stream);
    const revision = newest === null ? 0 : newest.revision + 1;
    const family = { ...aFamily(0, revision), token: { ...aFamily(0, revision).token, nameRevision: null } };
    const id = family.token.jti;
    const recorded = { ...CAUSE, id, occurredAt: this.now(), event: event(family) };
    await this.log.append(stream, [recorded], newest?.revision ?? 'no_stream');
    return id;
  }

  /** What became of a mail; null if the log does not say so. */
  async outcomeOf(eventId: string): Promise<string | null> {
    return (await this.log.readNewest(mailStream(eventId)))?.event.data.outcome ?? null;
  }

  async checkpoint(): Promise<Position | null> {
    return (await this.checkpoints.load('mailer'))?.position ?? null;
  }

  streamDestroyed(stream: string): void {
    this.destroyed.push(stream);
  }

  userKeyMissing(userId: string): void {
    throw new Error(`the key of user ${userId} is missing`);
  }

  logCut(): void {
    throw new Error('the log was cut');
  }

  /** Starts a mailer over the log; it is at work when this resolves. */
  async startMailer(transport: MailTransport, options: Partial<MailerOptions> = {}): Promise<RunningMailer> {
    const outcomes: string[] = [];
    const delays: MailDelay[] = [];
    const mailer = new Mailer({
      ...{ eventLog: this.log, alarms: this, sealing: this.sealing, clientSealing: this.clientSealing },
      ...{ mailCodes: this.mailCodes, checkpoints: this.checkpoints, transport, now: this.now, newId: randomUUID },
      ...{ resetCodeMs: 15 * MINUTE, verifyCodeMs: 24 * HOUR, publicUrl: 'https://auth.example.com' },
      ...{ service: 'auth.example.com', from: 'Accounts <no-reply@example.com>', messageIdDomain: 'auth.example.com' },
      ...{ pauseMs: () => 20, stopGraceMs: 10_000, removeMails: null },
      admitMail: (mail) => this.limits.admitMail(mail),
      onOutcome: (kind, outcome) => outcomes.push(`${kind} ${outcome}`),
      onDelayed: (delay) => delays.push(delay),
      ...options,
    });
    await mailer.prepare();
    const hub = new LogHub({
      log: this.log,
      onDefect: (error) => {
        throw error;
      },
    });
    const runner = new ProcessorRunner({ processor: mailer, hub });
    hub.start();
    runner.start();
    const stop = async (): Promise<void> => {
      await runner.stop();
      await hub.stop();
    };
    return { mailer, outcomes, delays, runner, stop };
  }

  #request(userId: string): decide.CodeRequest {
    const eventId = randomUUID();
    return { eventId, codeHash: this.mailCodes.make(userId, eventId).hash, now: this.now() };
  }
}
