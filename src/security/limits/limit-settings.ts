/** One limit: the environment variable that sets it, its default, and what it says. 0 means no limit. */
interface Setting {
  readonly variable: string;
  readonly defaultValue: number;
  readonly description: string;
}

/** All limits that operators can set. Networks wider than one client have higher ceilings, see `Budgets`. */
export const LIMIT_SETTINGS = {
  signInFailuresPerAccountPerHour: {
    variable: 'LIMIT_SIGN_IN_FAILURES_PER_ACCOUNT_PER_HOUR',
    defaultValue: 100,
    description: 'Failed sign-ins of one account in an hour, over all networks.',
  },
  signInFailuresPerAccountAndNetwork: {
    variable: 'LIMIT_SIGN_IN_FAILURES_PER_ACCOUNT_AND_NETWORK',
    defaultValue: 20,
    description: 'Failed sign-ins of one account from one network in 15 minutes.',
  },
  signInFailuresPerNetwork: {
    variable: 'LIMIT_SIGN_IN_FAILURES_PER_NETWORK',
    defaultValue: 300,
    description: 'Failed sign-ins from one network in 15 minutes, over all accounts.',
  },
  registrationsPerNetworkPerHour: {
    variable: 'LIMIT_REGISTRATIONS_PER_NETWORK_PER_HOUR',
    defaultValue: 60,
    description: 'Registrations from one network in an hour, those of taken addresses included.',
  },
  mailRequestsPerNetworkPerHour: {
    variable: 'LIMIT_MAIL_REQUESTS_PER_NETWORK_PER_HOUR',
    defaultValue: 30,
    description: 'Requests for a mail from one network in an hour.',
  },
  mailsPerAddressPerHour: {
    variable: 'LIMIT_MAILS_PER_ADDRESS_PER_HOUR',
    defaultValue: 3,
    description: 'Mails of one kind to one e-mail address in an hour.',
  },
  knownDeviceFailures: {
    variable: 'LIMIT_KNOWN_DEVICE_FAILURES',
    defaultValue: 20,
    description: 'Failed sign-ins on one device that the account knows in 15 minutes.',
  },
  knownDevicesFailuresPerHour: {
    variable: 'LIMIT_KNOWN_DEVICES_FAILURES_PER_HOUR',
    defaultValue: 100,
    description: 'Failed sign-ins on all devices that one account knows in an hour.',
  },
  mutationsPerHour: {
    variable: 'LIMIT_MUTATIONS_PER_HOUR',
    defaultValue: 300,
    description: 'Changes by one user in an hour.',
  },
  anonymousRequestsPerNetwork: {
    variable: 'LIMIT_ANONYMOUS_REQUESTS_PER_NETWORK',
    defaultValue: 300,
    description:
      'Requests from one network in 15 minutes that try a code (password reset and verification, each by itself), and failed ' +
      'authentications of OAuth clients.',
  },
} as const satisfies Record<string, Setting>;

export type LimitSettings = Readonly<Record<keyof typeof LIMIT_SETTINGS, number>>;

/** The limits where nothing else is set. */
export const DEFAULT_LIMITS = Object.fromEntries(
  Object.entries(LIMIT_SETTINGS).map(([name, { defaultValue }]) => [name, defaultValue]),
) as LimitSettings;
