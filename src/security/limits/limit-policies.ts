/** What is counted: a number of points in a window. 0 points mean no limit. */
export interface Policy {
  readonly name: string;
  readonly points: number;
  readonly windowSeconds: number;
  readonly shown: boolean;
}

/** What is counted by its network alone, each by the name of what its route does. */
export type NetworkRequest =
  'registration' | 'password_reset_request' | 'password_reset' | 'email_verification_request' | 'email_verification';

export const QUARTER_HOUR = 15 * 60;
export const HOUR = 60 * 60;

/**
 * The networks around an address, each with how many times the limit of one client it has: an IPv6 client owns a /64 and often
 * gets a /56 or /48, so changing inside of it must not be free; a wide network has many clients.
 */
export const NETWORKS = {
  4: [
    { prefix: 32, times: 1 },
    { prefix: 24, times: 10 },
  ],
  6: [
    { prefix: 64, times: 1 },
    { prefix: 56, times: 3 },
    { prefix: 48, times: 10 },
  ],
} as const;

// Those of them that are wider than one client.
const WIDE = Object.values(NETWORKS).flatMap((levels) =>
  levels.flatMap(({ prefix, times }) => (times > 1 ? [prefix] : [])),
);

const OF_NETWORKS = [
  'sign_in_per_account_and_network',
  'sign_in_per_network',
  'password_check_per_account_and_network',
  'registration_per_network',
  'password_reset_request_per_network',
  'password_reset_per_network',
  'email_verification_request_per_network',
  'email_verification_per_network',
  'client_authentication_per_client_and_network',
  'client_authentication_per_network',
];

/** Every policy that can refuse a request, by its name. */
export const LIMIT_POLICIES: readonly string[] = [
  ...['sign_in_per_account', 'known_device', 'known_devices', 'password_check_per_account', 'mail', 'mutation'],
  ...OF_NETWORKS.flatMap((policy) => [policy, ...WIDE.map((prefix) => nameInNetwork(policy, prefix))]),
];

/** What a policy is called in a network of that size. */
export function nameInNetwork(policy: string, prefix: number): string {
  return `${policy}_${prefix}`;
}

export function shownPolicy(name: string, points: number, windowSeconds: number): Policy {
  return { name, points, windowSeconds, shown: true };
}

export function hiddenPolicy(name: string, points: number, windowSeconds: number): Policy {
  return { name, points, windowSeconds, shown: false };
}
