import { expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
import { UserActions, type UserActionsOptions } from '../../src/operator/user-actions.js';

const USER = '5d0f3b64-6a55-4c2e-8d1e-6f9f0a3c1b22';

function actions(carryOut: UserActionsOptions['carryOut']): UserActions {
  const options: Partial<UserActionsOptions> = {
    admin: { erase: () => Promise.resolve({ outcome: 'done', position: '1' }) } as unknown as UserActionsOptions['admin'],
    carryOut,
    changing: (change) => change(),
    newId: () => 'an id',
  };
  return new UserActions(options as UserActionsOptions);
}

it('says that an account is erased also where a store that is away keeps some of it', async () => {
  const erasing = actions(() => Promise.reject(new StoreUnavailableError('key store', 'no answer'))).erase(
    USER,
    'operator:ada',
  );
  await expect(erasing).rejects.toBeInstanceOf(OperatorRefusedError);
  await expect(erasing).rejects.toThrow('the account is erased, for good');
});

it('hides no other fault of an erasure', async () => {
  const fault = new TypeError('a defect');
  await expect(actions(() => Promise.reject(fault)).erase(USER, 'operator:ada')).rejects.toBe(fault);
});
