// @ts-check
/** The roles of an account, each with what it may do. */
import { byId, copyOf, one } from '../elements.js';
import { ROLES } from './words.js';

/**
 * Makes the rows, which stay.
 *
 * @param {(role: string, isGranted: boolean, button: HTMLElement) => Promise<unknown>} set Grants or revokes, as that button was pressed
 *   for it. It reports its own errors.
 */
export const roleList = (set) => {
  const rows = ROLES.map(([role, name, what]) => {
    const item = one(copyOf('role-template'), 'li', HTMLElement);
    one(item, '.name', HTMLElement).textContent = name;
    one(item, '.hint', HTMLElement).textContent = what;
    const button = one(item, 'button', HTMLButtonElement);
    let has = false;
    button.addEventListener('click', () => void set(role, !has, button));
    byId('roles').append(item);
    /** @param {readonly string[]} roles */
    return (roles) => {
      has = roles.includes(role);
      item.classList.toggle('has', has);
      button.textContent = has ? 'Revoke' : 'Grant';
      button.setAttribute('aria-label', `${has ? 'Revoke' : 'Grant'} the role ${name}`);
    };
  });
  return {
    /** @param {readonly string[]} roles those that the account has */
    show: (roles) => {
      for (const row of rows) row(roles);
    },
  };
};
