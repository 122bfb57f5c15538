import { loadScript } from '../loader/net';
import { Own } from '../shared/calm';
import type { Bridge, Chat } from '../shared/types';

/** How long until a script that did not come is asked for again, in milliseconds. */
const AGAIN_MS = 4000;

/**
 * The chat for a page that was opened before the server was renewed: its loader is of the version before. It gives less than
 * the one of now, takes the chat at once, and opens it by another name.
 */
export function forEarlier(bridge: Bridge, make: (bridge: Bridge) => Promise<Chat | undefined>) {
  bridge.messages = [];
  bridge.wanted = {};
  bridge.script = async (name, made) => {
    const nonce = document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? '';
    for (;;) {
      await loadScript(`${bridge.base}/${name}.js`, nonce, bridge.trust);
      const found = made();
      if (found) return found;
      await new Own((done) => setTimeout(done, AGAIN_MS));
    }
  };
  const chat = make(bridge);
  const tell =
    (name: 'toggle' | 'run' | 'placed' | 'destroy') =>
    (...given: never[]) =>
      chat.then((made) => (made?.[name] as (...given: never[]) => unknown)(...given));
  const open = (quiet: boolean) => chat.then((made) => made?.show(true, quiet));
  return { open, toggle: tell('toggle'), run: tell('run'), placed: tell('placed'), destroy: tell('destroy') };
}
