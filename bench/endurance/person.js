import { randomUUID } from 'node:crypto';

const AT_ONCE = 4;
const DEVICES = 4;

/**
 * One user with a few devices, who does one thing after another, so that what must come of it is known: every answer that is
 * another one than the guarantees allow is a violation. `ledger` keeps what was acknowledged.
 */
export class Person {
  #client;
  #ledger;
  #email = '';
  #password = `first ${randomUUID()}`;
  /** By device id: the pair it holds and the refresh tokens it held before. */
  #devices = new Map();

  constructor(client, ledger) {
    this.#client = client;
    this.#ledger = ledger;
    ledger.secret(this.#password);
  }

  async register() {
    this.#email = `${randomUUID()}@example.com`;
    const json = { email: this.#email, password: this.#password };
    const { status, wasRetried } = await this.#client.send({ path: '/api/v1/auth/register', json });
    // A registration whose answer was lost has taken the address.
    const isRight = status === 201 || (wasRetried && status === 409);
    this.#expect('G7', isRight, `a registration was answered ${status}`);
  }

  /** Does one thing at random. */
  async act() {
    const device = this.#someDevice();
    if (device === null || (this.#devices.size < DEVICES && Math.random() < 0.1)) return this.#signIn(randomUUID());
    const chance = Math.random();
    if (chance < 0.7) return this.#refresh(device);
    if (chance < 0.82) return this.#refreshAtOnce(device);
    if (chance < 0.86) return this.#signIn(device.id);
    if (chance < 0.9) return this.#theft(device);
    if (chance < 0.94) return this.#logout(device);
    if (chance < 0.97) return this.#look(device);
    if (chance < 0.98) return this.#logoutAll(device);
    if (chance < 0.992) return this.#changePassword(device);
    return this.#erase(device);
  }

  async #signIn(deviceId) {
    const json = { email: this.#email, password: this.#password, device_id: deviceId };
    const answer = await this.#client.send({ path: '/api/v1/auth/login', json });
    const { status, body } = answer;
    if (this.#expect('G7', status === 200, `a sign-in was answered ${status} ${body?.code}`)) this.#hold(deviceId, answer);
  }

  async #refresh(device) {
    const answer = await this.#present(device.token, randomUUID());
    const { status, body } = answer;
    if (this.#expect('G2', status === 200, `the present token was refused: ${status} ${body?.code}`))
      this.#succeed(device, answer);
    else this.#drop(device);
  }

  /** Several requests of one attempt at once: all get the same successor. */
  async #refreshAtOnce(device) {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => this.#present(device.token, key)));
    const isAnswered = answers.every(({ status }) => status === 200);
    const successors = new Set(answers.map(({ body }) => body?.refresh_token));
    if (
      this.#expect(
        'G1',
        isAnswered && successors.size === 1,
        `${AT_ONCE} refreshes at once: ${answers.map(({ status, body }) => body?.code ?? status).join()}`,
      )
    )
      this.#succeed(device, answers[0]);
    else this.#drop(device);
  }

  /** A token of two generations ago is theft and ends the family. */
  async #theft(device) {
    const old = device.former.at(-2);
    if (old === undefined) return;
    const { status, body } = await this.#present(old, null);
    const codes = ['token_reused', 'token_revoked'];
    this.#expect('G3', status === 401 && codes.includes(body?.code), `an old token was answered ${status} ${body?.code}`);
    await this.#expectDead(device, 'G3');
  }

  async #logout(device) {
    const { status } = await this.#client.send({ path: '/api/v1/auth/logout', json: { refresh_token: device.token } });
    this.#expect('G4', status === 204, `a logout was answered ${status}`);
    await this.#expectDead(device, 'G4');
  }

  async #logoutAll(device) {
    const headers = { Authorization: `Bearer ${device.access}` };
    const { status, body, wasRetried } = await this.#client.send({ path: '/api/v1/auth/logout/all', json: {}, headers });
    const isDone = status === 204 || (wasRetried && body?.code === 'token_revoked');
    if (!this.#expect('G4', isDone, `logout/all was answered ${status} ${body?.code}`)) return;
    for (const one of [...this.#devices.values()]) await this.#expectDead(one, 'G4');
  }

  async #changePassword(device) {
    const password = `next ${randomUUID()}`;
    this.#ledger.secret(password);
    const json = { current_password: this.#password, new_password: password };
    const headers = { Authorization: `Bearer ${device.access}` };
    const answer = await this.#client.send({ path: '/api/v1/auth/password/change', json, headers });
    const { status, body, wasRetried } = answer;
    const isDone = status === 200 || (wasRetried && status === 401);
    if (!this.#expect('G4', isDone, `a change of password was answered ${status} ${body?.code}`)) return;
    this.#password = password;
    const others = [...this.#devices.values()];
    for (const one of others) await this.#expectDead(one, 'G4');
    if (status === 200) this.#hold(device.id, answer);
  }

  /** Deletes the account: nothing of it opens anything any more, and its address is not in any file (G18). Then begins as somebody new. */
  async #erase(device) {
    const request = { method: 'DELETE', path: '/api/v1/auth/me', json: { password: this.#password } };
    const headers = { Authorization: `Bearer ${device.access}` };
    const { status, body, wasRetried } = await this.#client.send({ ...request, headers });
    const isDone = status === 200 || status === 202 || status === 204 || (wasRetried && status === 401);
    if (!this.#expect('G18', isDone, `deleting an account was answered ${status} ${body?.code}`)) return;
    for (const one of [...this.#devices.values()]) await this.#expectDead(one, 'G18');
    const json = { email: this.#email, password: this.#password };
    const signIn = await this.#client.send({ path: '/api/v1/auth/login', json });
    this.#expect('G18', signIn.status === 401, `a sign-in of a deleted account was answered ${signIn.status}`);
    this.#ledger.erased(this.#email);
    await this.register();
  }

  /** The list of devices shows this one as it is after the sign-in or refresh whose position is named (G12). */
  async #look(device) {
    const headers = { Authorization: `Bearer ${device.access}`, 'If-Log-Position': device.position };
    const { status, body } = await this.#client.send({ method: 'GET', path: '/api/v1/auth/devices', headers });
    const isListed = body?.devices?.some(({ session_id: sid }) => sid === device.sid) === true;
    this.#expect(
      'G12',
      status === 200 && isListed,
      `the list of devices: ${status}, the own one ${isListed ? 'is' : 'is not'} there`,
    );
  }

  async #expectDead(device, guarantee) {
    this.#drop(device);
    this.#ledger.ended(device.sid);
    const { status, body } = await this.#present(device.token, randomUUID());
    this.#expect(guarantee, status === 401, `a token of an ended family was answered ${status} ${body?.code ?? ''}`);
  }

  #present(token, key) {
    const headers = key === null ? {} : { 'Idempotency-Key': key };
    return this.#client.send({ path: '/api/v1/auth/refresh', json: { refresh_token: token }, headers });
  }

  #hold(deviceId, { body, position }) {
    const { refresh_token: token, access_token: access, session_id: sid } = body;
    this.#devices.set(deviceId, { id: deviceId, token, access, sid, position, former: [] });
    this.#ledger.issued(token, access);
  }

  #succeed(device, { body: { refresh_token: token, access_token: access }, position }) {
    device.former.push(device.token);
    Object.assign(device, { token, access, position });
    this.#ledger.issued(token, access);
  }

  #drop(device) {
    this.#devices.delete(device.id);
  }

  #someDevice() {
    const devices = [...this.#devices.values()];
    return devices[Math.floor(Math.random() * devices.length)] ?? null;
  }

  #expect(guarantee, isRight, otherwise) {
    if (!isRight) this.#ledger.violation(guarantee, otherwise);
    return isRight;
  }
}
