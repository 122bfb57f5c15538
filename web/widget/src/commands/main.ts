/** Commands that few pages give: they come when one is given. */
import { calm } from '../shared/calm';
import { stylesOnce } from '../shared/dom';
import type { Managing } from '../shared/types';
import { merge } from './merge';

const HIDDEN = ':host([data-hidden]) { display: none !important }';

const COMMANDS: Record<string, (manager: Managing, first: unknown, second: unknown) => unknown> = {
  _minimize: ({ bridge }) => bridge.chat?.isOpen() && bridge.chat.toggle(),
  _hide: (manager) => hide(manager, true),
  _show: (manager) => hide(manager, false),
  _destroy(manager) {
    const { bridge, items } = manager;
    manager.stopped = true;
    items?.hideAll();
    bridge.undraw();
    if (bridge.shown) bridge.emit('chat_closed', {});
    bridge.shown = null;
  },
  _setLocale({ bridge }, locale) {
    bridge.wanted.locale = `${locale}`;
    if (bridge.launcher) bridge.redraw();
  },
  _addTranslations({ bridge }, texts) {
    bridge.translations = merge(Object(bridge.translations), texts);
    if (bridge.launcher) bridge.redraw();
  },
  _offEvent({ bridge: { handlers } }, name, handler) {
    const at = handlers.findIndex(([event, known]) => event === name && known === handler);
    if (at >= 0) handlers.splice(at, 1);
  },
  _debug(manager) {
    toolbar ??= manager.bridge.script('debug', () => window.__hubbubDebug);
    void toolbar.then(calm((show) => show(manager)));
  },
};

/** Hides the chat and all items, those that are drawn later as well, or no longer. */
function hide({ bridge, items }: Managing, hidden: boolean): void {
  const { draw } = bridge;
  const veil = () => {
    if (!bridge.root) return;
    style(bridge.root);
    bridge.root.host.toggleAttribute('data-hidden', bridge.hidden);
  };
  if (bridge.hidden === undefined) {
    bridge.draw = (parent) => {
      draw(parent);
      veil();
    };
  }
  bridge.hidden = hidden;
  items?.veil();
  veil();
}

const style = stylesOnce(HIDDEN);
let toolbar: Promise<(manager: Managing) => void> | undefined;
const warned = new Set<string>();

window.__hubbubCommands = (manager, [name, first, second]) => {
  if (Object.hasOwn(COMMANDS, name)) COMMANDS[name]?.(manager, first, second);
  else if (!warned.has(name)) console.warn(`Chat: there is no command ${name}`);
  warned.add(name);
};
