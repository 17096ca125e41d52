/** What somebody sees who is not signed in: three forms, each with an address of its own, and what is wrong stands at the field. */
import { expect } from '@jest/globals';
import { ADA, fakePageSuite } from '../support/fake-page-suite.js';
import { problem } from '../support/fake-answer.js';

fakePageSuite('the page, signed out', (suite, it) => {
  const errorAt = (field: string): Promise<string | null> => suite.page.textContent(`#${field}-error`);
  const requestsTo = (path: string): Record<string, unknown>[] =>
    suite.world.requests.filter((request) => request.path === path).map(({ body }) => body);

  it('signs in with Enter, by cookie, and stays signed in unless its user does not want that', async () => {
    await suite.signIn();
    expect(requestsTo('/login')[0]).toMatchObject({ email: ADA.email, mode: 'cookie', remember: true });
    expect(await suite.page.evaluate("localStorage.getItem('tokenledger.session')")).not.toContain('access-');
    expect(await suite.page.title()).toBe('Your devices · tokenledger');
    await suite.page.click('#sign-out');
    await suite.page.getByText('You are signed out.').waitFor();
    await suite.page.uncheck('#remember');
    await suite.signIn();
    expect(requestsTo('/login')[1]).toMatchObject({ mode: 'cookie', remember: false });
    const [cookie] = await suite.context.cookies();
    expect(cookie!.expires).toBe(-1);
    expect(suite.said).toEqual([]);
  });

  it('makes an account by a form of its own, and signs in with it', async () => {
    await suite.page.click('text=Create an account');
    expect(await suite.focused()).toBe('register-title');
    expect(await suite.page.isVisible('#sign-in')).toBe(false);
    await suite.page.fill('#register-email', 'grace@example.com');
    await suite.page.fill('#register-name', 'Grace');
    await suite.page.fill('#register-password', 'a horse of another colour');
    await suite.page.press('#register-password', 'Enter');
    await suite.page.waitForSelector('.device');
    expect(requestsTo('/register')).toEqual([
      { email: 'grace@example.com', password: 'a horse of another colour', name: 'Grace' },
    ]);
    await suite.page.click('#sign-out');
    await suite.page.waitForSelector('#sign-in');
    expect(await suite.page.isVisible('#register')).toBe(false);
    expect(await suite.page.inputValue('#register-password')).toBe('');
  });

  it('says to password managers what each field is for', async () => {
    const fields = await suite.page
      .locator('form')
      .evaluateAll((forms) =>
        (forms as unknown as { elements: Iterable<{ tagName: string; autocomplete: string }> }[]).map((form) =>
          [...form.elements].filter(({ tagName }) => tagName === 'INPUT').map(({ autocomplete }) => autocomplete),
        ),
      );
    expect(fields).toEqual([
      ['username', 'current-password', ''],
      ['username', 'name', 'new-password'],
      ['username'],
      ['username', 'current-password'],
      ['username', 'current-password', 'new-password'],
      ['username', 'current-password'],
    ]);
  });

  it('has addresses for its forms, which the browser’s way back knows', async () => {
    suite.page = await suite.open('/#forgotten-password');
    expect(await suite.page.title()).toBe('Forgotten your password? · tokenledger');
    expect(await suite.page.isVisible('#forgot')).toBe(true);
    await suite.page.click('text=Back to signing in');
    await suite.page.fill('#email', ADA.email);
    await suite.page.click('text=Forgotten your password?');
    expect(await suite.page.inputValue('#forgot-email')).toBe(ADA.email);
    await suite.page.goBack();
    await suite.page.waitForSelector('#sign-in');
    expect(await suite.focused()).toBe('sign-in-title');
  });

  it('says at each field what is wrong with it, before and after the server has seen it', async () => {
    await suite.page.click('text=Create an account');
    await suite.page.fill('#register-email', 'ada');
    await suite.page.press('#register-email', 'Enter');
    expect(await errorAt('register-email')).toBe('Please enter an address such as ada@example.com.');
    expect(await errorAt('register-password')).toBe('Please fill this in.');
    expect(await suite.focused()).toBe('register-email');
    expect(requestsTo('/register')).toEqual([]);

    suite.world.intercept = ({ path }) =>
      path === '/register'
        ? problem(422, 'validation_failed', {
            errors: [
              { path: 'password', message: 'must have 15 to 128 characters' },
              { path: 'name', message: 'has characters that cannot be shown' },
            ],
          })
        : undefined;
    await suite.page.fill('#register-email', 'grace@example.com');
    await suite.page.fill('#register-password', 'twelve chars');
    await suite.page.press('#register-password', 'Enter');
    await suite.page.waitForSelector('#register-name-error');
    expect(await errorAt('register-name')).toBe('Has characters that cannot be shown.');
    expect(await errorAt('register-password')).toBe('Must have 15 to 128 characters.');
    expect(await suite.page.locator('#register-email-error').count()).toBe(0);
    expect(await suite.page.getAttribute('#register-email', 'aria-invalid')).toBeNull();
    expect(await suite.page.getAttribute('#register-password', 'aria-invalid')).toBe('true');
    expect(await suite.page.getAttribute('#register-password', 'aria-describedby')).toBe(
      'register-password-hint register-password-error',
    );
    expect(await suite.focused()).toBe('register-name');
    expect(await suite.message()).toBe('');
  });

  it.each([
    ['email_taken', 409, 'register-email', 'There is an account with this address already. Sign in instead.'],
    [
      'password_too_common',
      422,
      'register-password',
      'Many people use this password, or it is made of your name or address. Please take another one.',
    ],
  ])('shows %s at its field', async (code, status, field, words) => {
    suite.world.intercept = ({ path }) => (path === '/register' ? problem(status, code) : undefined);
    await suite.page.click('text=Create an account');
    await suite.page.fill('#register-email', ADA.email);
    await suite.page.fill('#register-password', ADA.password);
    await suite.page.press('#register-password', 'Enter');
    await suite.page.waitForSelector(`#${field}-error`);
    expect(await errorAt(field)).toBe(words);
  });

  it.each([
    [40, 'in 40 seconds'],
    [890, 'in 15 minutes'],
    [7_200, 'in 2 hours'],
  ])('says how long to wait: %i seconds', async (seconds, words) => {
    suite.world.intercept = () => problem(429, 'too_many_requests', {}, { 'retry-after': String(seconds) });
    await suite.page.fill('#email', ADA.email);
    await suite.page.fill('#password', 'not the password');
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText(`Too many attempts. Please try again ${words}.`).waitFor();
  });

  it('says what is wrong in words where it is no field’s', async () => {
    await suite.page.fill('#email', ADA.email);
    await suite.page.fill('#password', 'not the password');
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('The address or the password is wrong.').waitFor();
    suite.world.intercept = () => problem(403, 'account_disabled');
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('This account has been disabled.').waitFor();
    await suite.context.setOffline(true);
    await suite.page.press('#password', 'Enter');
    await suite.page.getByText('The server cannot be reached. Are you online?').waitFor();
    await suite.page.getByRole('button', { name: 'Close this message' }).click();
    expect(await suite.message()).toBe('');
    expect(await suite.focused()).toBe('sign-in-title');
  });

  it('shows that it works, and does it once however often the button is pressed', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<undefined>((resolve) => (letGo = () => resolve(undefined)));
    suite.world.intercept = ({ path }) => (path === '/login' ? held : undefined);
    await suite.page.fill('#email', ADA.email);
    await suite.page.fill('#password', ADA.password);
    const button = suite.page.locator('#sign-in button');
    await button.dblclick();
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await suite.page.press('#password', 'Enter');
    letGo();
    await suite.page.waitForSelector('.device');
    expect(requestsTo('/login')).toHaveLength(1);
  });

  it('asks for a new password by mail, or says that there is no mail', async () => {
    await suite.page.click('text=Forgotten your password?');
    await suite.page.fill('#forgot-email', ADA.email);
    await suite.page.press('#forgot-email', 'Enter');
    await suite.page.getByText('This installation cannot send mail yet; ask its operator.').waitFor();
    suite.world.sendsMail = true;
    await suite.page.press('#forgot-email', 'Enter');
    await suite.page.getByText('If there is an account with that address, a link is on its way.').waitFor();
    expect(requestsTo('/password/forgot')).toEqual([{ email: ADA.email }, { email: ADA.email }]);
  });

  it('has a page for addresses without one', async () => {
    const answer = await suite.page.goto(`${suite.api.url}/devices/of/mine`);
    expect(answer!.status()).toBe(404);
    await suite.page.click('text=See where you are signed in');
    await suite.page.waitForSelector('#sign-in');
  });
});
