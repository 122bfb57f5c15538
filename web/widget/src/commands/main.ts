/** Commands that few pages give: they come when one is given. */
import { calm } from '../shared/calm';
import { stylesOnce } from '../shared/dom';
import type { Keep } from '../shared/keep';
import type { Bridge, Managing } from '../shared/types';

const HIDDEN = ':host([data-hidden]) { display: none !important }';

type Obey = (manager: Managing, first: unknown, second: unknown, heard: Bridge['handlers']) => unknown;

const COMMANDS: Record<string, Obey> = {
  _hide: (manager) => hide(manager, true),
  _show: (manager) => hide(manager, false),
  _setLocale: ({ bridge }) => name(bridge),
  _addTranslations: ({ bridge }) => name(bridge),
  _setConsent: ({ bridge, keep }) => consent(bridge, keep),
  _destroy(manager) {
    const { bridge, items } = manager;
    manager.stopped = true;
    items?.hideAll();
    bridge.undraw();
    if (bridge.shown) bridge.emit('chat_closed', {});
    bridge.shown = null;
  },
  _offEvent({ bridge: { handlers } }, name, handler, heard) {
    const at = handlers.findIndex((one) => heard.includes(one) && one[0] === name && one[1] === handler);
    if (at >= 0) handlers.splice(at, 1);
  },
  _debug(manager) {
    toolbar ??= manager.bridge.script('debug', () => window.__hubbubDebug);
    void toolbar.then(calm((show) => show(manager)));
  },
};

const followed = new WeakMap<Bridge, Set<(bridge: Bridge) => void>>();

/** Does something to the chat's place now, and each time that it is made anew. */
function follow(bridge: Bridge, act: (bridge: Bridge) => void): void {
  const { draw } = bridge;
  const known = followed.get(bridge) ?? new Set();
  if (!known.has(act)) {
    bridge.draw = (parent) => {
      draw(parent);
      act(bridge);
    };
  }
  followed.set(bridge, known.add(act));
  act(bridge);
}

/** What is kept goes into the browser's storage once it may, and out of it when it may no longer. */
function consent({ config, token, wanted }: Bridge, keep: Keep): void {
  const prefix = `hubbub:${token}:`;
  if (!config.source.asks_consent) return;
  // All goes with the next that is written.
  if (wanted.consent === true) return keep.remember({});
  keep.remove('open');
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(prefix))) {
    keep.set(key.slice(prefix.length), localStorage.getItem(key) ?? '');
    localStorage.removeItem(key);
  }
}

/** Hides the chat and all items, those that are drawn later as well, or no longer. */
function hide({ bridge, items }: Managing, hidden: boolean): void {
  bridge.hidden = hidden;
  items?.veil();
  follow(bridge, veil);
}

function veil({ root, hidden }: Bridge): void {
  if (!root) return;
  style(root);
  root.host.toggleAttribute('data-hidden', hidden);
}

/** Calls the button as the chat is called in the language and the words that the page has asked for. */
function name(bridge: Bridge): void {
  const read = calm(async () => {
    await bridge.script('words', () => window.__hubbubWords);
    follow(bridge, label);
  });
  void read();
}

function label(bridge: Bridge): void {
  const { launcher, chat } = bridge;
  const called = window.__hubbubWords?.title(bridge);
  // The chat names it by itself.
  if (chat || !called) return;
  for (const one of [launcher, launcher?.parentElement]) one?.setAttribute('aria-label', called);
}

const style = stylesOnce(HIDDEN);
let toolbar: Promise<(manager: Managing) => void> | undefined;
const warned = new Set<string>();

window.__hubbubCommands = (manager, [name, first, second], heard) => {
  if (Object.hasOwn(COMMANDS, name)) COMMANDS[name]?.(manager, first, second, heard);
  else if (!warned.has(name)) console.warn(`Chat: there is no command ${name}`);
  warned.add(name);
};
