/** How many of each are allowed; 0 means no limit. Networks wider than one client have higher ceilings, see `Budgets`. */
export interface LimitSettings {
  readonly signInFailuresPerAccountPerHour: number;
  readonly signInFailuresPerAccountAndNetwork: number;
  readonly signInFailuresPerNetwork: number;
  readonly knownDeviceFailures: number;
  readonly knownDevicesFailuresPerHour: number;
  readonly registrationsPerNetworkPerHour: number;
  readonly mailRequestsPerNetworkPerHour: number;
  readonly mailsPerAddressPerHour: number;
  readonly mutationsPerHour: number;
  readonly anonymousRequestsPerNetwork: number;
}

/** The limits where nothing else is set: those of the configuration (src/config/limit-variables.ts). */
export const DEFAULT_LIMITS: LimitSettings = {
  signInFailuresPerAccountPerHour: 100,
  signInFailuresPerAccountAndNetwork: 20,
  signInFailuresPerNetwork: 300,
  knownDeviceFailures: 20,
  knownDevicesFailuresPerHour: 100,
  registrationsPerNetworkPerHour: 60,
  mailRequestsPerNetworkPerHour: 30,
  mailsPerAddressPerHour: 3,
  mutationsPerHour: 300,
  anonymousRequestsPerNetwork: 300,
};
