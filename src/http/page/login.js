/** Asks for the token until the companion takes it. */
import { ask, keepToken, NotLoggedIn } from './api.js';
import { byId } from './dom.js';

/** Gives the state, once somebody may see it. Any other failure is thrown. */
export async function login() {
  for (;;) {
    try {
      return await ask('api/state');
    } catch (error) {
      if (!(error instanceof NotLoggedIn)) throw error;
      await askToken(error.message);
    }
  }
}

function askToken(why) {
  const dialog = byId('token');
  const secret = byId('secret');
  byId('why').textContent = why;
  secret.value = '';
  // Nothing can be seen without it: Escape does not close it.
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => {
        keepToken(secret.value.trim());
        secret.value = '';
        resolve();
      },
      { once: true },
    );
  });
}
