/** Commands that few pages give: they come when one is given. */
import { calm } from '../shared/calm';
import { addStyles } from '../shared/dom';
import type { Managing } from '../shared/types';
import { merge } from './merge';

const HIDDEN = ':host([data-hidden]) { display: none !important }';

const COMMANDS: Record<string, (manager: Managing, first: unknown, second: unknown) => unknown> = {
  _minimize: ({ bridge }) => bridge.chat?.isOpen() && bridge.chat.toggle(),
  _hide({ bridge }) {
    if (!bridge.root) return;
    if (!bridge.root.host.hasAttribute('data-hidden')) addStyles(bridge.root, HIDDEN);
    bridge.root.host.setAttribute('data-hidden', '');
  },
  _show: ({ bridge }) => bridge.root?.host.removeAttribute('data-hidden'),
  _destroy: (manager) => manager.end(),
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

let toolbar: Promise<(manager: Managing) => void> | undefined;
const warned = new Set<string>();

window.__hubbubCommands = (manager, [name, first, second]) => {
  if (Object.hasOwn(COMMANDS, name)) COMMANDS[name]?.(manager, first, second);
  else if (!warned.has(name)) console.warn(`Chat: there is no command ${name}`);
  warned.add(name);
};
