/** A token pair as the interface hands it out. */
export interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly refresh_expires_in: number;
  readonly session_id: string;
  readonly device_id: string;
}

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  readonly text: string;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** How often a list that is not to be seen yet is asked for. */
const MAX_ASKED = 10;

/** Talks to the HTTP interface as a client would. */
export class ApiClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async request<T = Record<string, unknown>>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
    const response = await fetch(this.#url + path, init);
    const text = await response.text();
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : {}) as T, text };
  }

  post<T = Record<string, unknown>>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.request(`/api/v1/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  get<T = Record<string, unknown>>(
    path: string,
    accessToken: string,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.request(`/api/v1/auth/${path}`, { headers: { authorization: `Bearer ${accessToken}`, ...headers } });
  }

  register(credentials: Credentials): Promise<Answer> {
    return this.post('register', credentials);
  }

  login(credentials: Credentials, more: Record<string, string> = {}): Promise<Answer<Pair>> {
    return this.post<Pair>('login', { ...credentials, ...more });
  }

  /** Registers and signs in. */
  async signedIn(credentials: Credentials): Promise<Pair> {
    const registered = await this.register(credentials);
    if (registered.status !== 201) throw new Error(`registration answered ${registered.status}: ${registered.text}`);
    return this.signIn(credentials);
  }

  async signIn(credentials: Credentials, more: Record<string, string> = {}): Promise<Pair> {
    const { status, body, text } = await this.login(credentials, more);
    if (status !== 200) throw new Error(`sign-in answered ${status}: ${text}`);
    return body;
  }

  refresh(refreshToken: string): Promise<Answer<Pair & { code?: string }>> {
    return this.post('refresh', { refresh_token: refreshToken });
  }

  logout(refreshToken: string): Promise<Answer> {
    return this.post('logout', { refresh_token: refreshToken });
  }

  logoutAll(accessToken: string, keepCurrent?: boolean): Promise<Answer> {
    const body = keepCurrent === undefined ? {} : { keep_current: keepCurrent };
    return this.post('logout/all', body, { authorization: `Bearer ${accessToken}` });
  }

  async devices(accessToken: string, position?: string | null): Promise<Record<string, unknown>[]> {
    const headers = position == null ? undefined : { 'if-log-position': position };
    const ask = () => this.get<{ devices: Record<string, unknown>[]; code?: string }>('devices', accessToken, headers);
    let answer = await ask();
    // Each of these has waited already, as a client that may ask again later.
    for (let asked = 1; answer.body.code === 'not_yet_visible' && asked < MAX_ASKED; asked += 1) answer = await ask();
    const { status, body, text } = answer;
    if (status !== 200) throw new Error(`devices answered ${status}: ${text}`);
    return body.devices;
  }

  remove(sid: string, accessToken: string): Promise<Answer> {
    const headers = { authorization: `Bearer ${accessToken}` };
    return this.request(`/api/v1/auth/devices/${sid}`, { method: 'DELETE', headers });
  }
}
