import { createHmac, type KeyObject } from 'node:crypto';
import { NetworkList, networkOf, parseNetworkAddress, type NetworkAddress } from '../network-address.js';
import type { Budget } from './limit-counters.js';
import {
  hiddenPolicy,
  HOUR,
  nameInNetwork,
  NETWORKS,
  QUARTER_HOUR,
  shownPolicy,
  type NetworkRequest,
  type Policy,
} from './limit-policies.js';
import type { LimitSettings } from './limit-settings.js';

/** A budget, the policy that it belongs to, and whether the client may learn how it stands. */
export interface LimitBudget extends Budget {
  readonly policy: string;
  /** Networks' budgets are shown to everybody, an account's to its user, and never to a stranger. */
  readonly shown: boolean;
}

/** A device that has signed in to this account before, proved by a refresh token of ours. */
export interface KnownDevice {
  readonly deviceId: string;
  /** The token is from before the last change of the password. All of those share one budget. */
  readonly sharedOld: boolean;
}

/** Says which budgets a request takes from. Keys are HMACs: neither memory nor store holds an address or an e-mail address. */
export class Budgets {
  readonly #secret: KeyObject;
  readonly #settings: LimitSettings;
  readonly #exempt: NetworkList;

  /** `exempt` are networks that no limit of a network concerns. Throws `RangeError` if one is none. */
  constructor(secret: KeyObject, settings: LimitSettings, exempt: readonly string[]) {
    this.#secret = secret;
    this.#settings = settings;
    this.#exempt = new NetworkList(exempt);
  }

  /** Failed sign-ins by strangers. `email` is in normal form. */
  signIn(email: string, address: string | null): LimitBudget[] {
    const { signInFailuresPerNetwork } = this.#settings;
    const perNetwork = shownPolicy('sign_in_per_network', signInFailuresPerNetwork, QUARTER_HOUR);
    return [...this.#ofAccount('sign_in', email, address, false), ...this.#ofNetworks(perNetwork, address)];
  }

  /** Failed sign-ins of one known device, and of all that the account knows. No network is a part of either. */
  knownDevice(email: string, { deviceId, sharedOld }: KnownDevice): LimitBudget[] {
    const { knownDeviceFailures, knownDevicesFailuresPerHour } = this.#settings;
    const one = hiddenPolicy('known_device', knownDeviceFailures, QUARTER_HOUR);
    const all = hiddenPolicy('known_devices', knownDevicesFailuresPerHour, HOUR);
    return [
      ...this.#budget(one, email, sharedOld ? 'old' : `device ${deviceId.toLowerCase()}`),
      ...this.#budget(all, email),
    ];
  }

  /** Wrong passwords of somebody who is signed in: a stolen access token is no way to guess the password. */
  passwordCheck(userId: string, address: string | null): LimitBudget[] {
    return this.#ofAccount('password_check', userId, address, true);
  }

  /** Requests that are counted by their network. Each kind is one route's and has budgets of its own. */
  request(kind: NetworkRequest, address: string | null): LimitBudget[] {
    const { registrationsPerNetworkPerHour, mailRequestsPerNetworkPerHour, anonymousRequestsPerNetwork } = this.#settings;
    const name = `${kind}_per_network`;
    switch (kind) {
      case 'registration':
        return this.#ofNetworks(shownPolicy(name, registrationsPerNetworkPerHour, HOUR), address);
      case 'password_reset_request':
      case 'email_verification_request':
        return this.#ofNetworks(shownPolicy(name, mailRequestsPerNetworkPerHour, HOUR), address);
      case 'password_reset':
      case 'email_verification':
        return this.#ofNetworks(shownPolicy(name, anonymousRequestsPerNetwork, QUARTER_HOUR), address);
    }
  }

  /**
   * Failed authentications of OAuth clients. A registered client with a secret has budgets of its own, so what others get wrong does
   * not concern it; all other names share one, since anybody can make up names without end.
   */
  clientAuthentication(registered: readonly string[], address: string | null): LimitBudget[] {
    const points = this.#settings.anonymousRequestsPerNetwork;
    const ofOthers = shownPolicy('client_authentication_per_network', points, QUARTER_HOUR);
    if (registered.length === 0) return this.#ofNetworks(ofOthers, address);
    const ofOne = shownPolicy('client_authentication_per_client_and_network', points, QUARTER_HOUR);
    return registered.flatMap((clientId) => this.#ofNetworks(ofOne, address, clientId));
  }

  /** Mails of one kind to one e-mail address, which is in normal form; those that its known devices ask for count apart. */
  mail(mail: string, email: string, byKnownDevice: boolean): LimitBudget[] {
    const parts = byKnownDevice ? [mail, email, 'known device'] : [mail, email];
    return this.#budget(hiddenPolicy('mail', this.#settings.mailsPerAddressPerHour, HOUR), ...parts);
  }

  /** Mails of one kind that are sent to one e-mail address, whatever asked for them. */
  sentMail(mail: string, email: string): LimitBudget[] {
    return this.mail(`sent ${mail}`, email, false);
  }

  /** The one point of one mail, by the id of its event: so a mail is counted once, however often it is tried. */
  oneMail(eventId: string): LimitBudget[] {
    return this.#budget(hiddenPolicy('mail', 1, HOUR), 'event', eventId);
  }

  mutation(userId: string): LimitBudget[] {
    return this.#budget(shownPolicy('mutation', this.#settings.mutationsPerHour, HOUR), userId);
  }

  #ofAccount(pool: string, account: string, address: string | null, shown: boolean): LimitBudget[] {
    const { signInFailuresPerAccountPerHour: ceiling, signInFailuresPerAccountAndNetwork } = this.#settings;
    const overAll = { name: `${pool}_per_account`, points: ceiling, windowSeconds: HOUR, shown };
    const perNetwork = {
      name: `${pool}_per_account_and_network`,
      points: signInFailuresPerAccountAndNetwork,
      windowSeconds: QUARTER_HOUR,
      shown,
    };
    // A wide network's budget that is beyond the account's can never be the one that is spent.
    const ofNetworks = this.#ofNetworks(perNetwork, address, account).filter(
      ({ points }) => ceiling === 0 || points < ceiling,
    );
    return [...this.#budget(overAll, account), ...ofNetworks];
  }

  /** The budgets of the networks around an address; none for an exempt one. All addresses that nobody knows are one. */
  #ofNetworks(policy: Policy, text: string | null, ...parts: string[]): LimitBudget[] {
    const address = parseNetworkAddress(text);
    if (address === null) return this.#budget(policy, 'unknown', ...parts);
    return this.#exempt.has(address)
      ? []
      : NETWORKS[address.family].flatMap((level) => this.#ofNetwork(policy, level, address, parts));
  }

  #ofNetwork(
    policy: Policy,
    { prefix, times }: { readonly prefix: number; readonly times: number },
    address: NetworkAddress,
    parts: readonly string[],
  ): LimitBudget[] {
    const name = times === 1 ? policy.name : nameInNetwork(policy.name, prefix);
    const network = networkOf(address, prefix, prefix);
    return this.#budget({ ...policy, name, points: policy.points * times }, network, ...parts);
  }

  #budget({ name, points, windowSeconds, shown }: Policy, ...parts: string[]): LimitBudget[] {
    if (points === 0) return [];
    const hash = createHmac('sha256', this.#secret)
      .update(JSON.stringify([name, ...parts]))
      .digest('base64url');
    return [{ key: `${name}:${hash}`, points, windowSeconds, policy: name, shown }];
  }
}
