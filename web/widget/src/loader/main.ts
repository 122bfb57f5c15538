/**
 * The loader: the only script a page pays for until somebody wants to talk. It listens to `_chatq`, and where a source
 * has nothing but its built-in trigger it draws the launcher by itself. The manager comes where there is more to
 * decide: triggers, a visitor who was here before, a chat inside of the page. The panel comes when it is shown. It must
 * never throw into the host page nor show anything while the server is away.
 */
import { calm, later, Own } from '../shared/calm';
import { listen } from '../shared/dom';
import { byTrigger, naming } from '../shared/event';
import { pickLocale } from '../shared/locale';
import type { Bridge, Command, Managing, Visitor } from '../shared/types';
import { drawLauncher } from './launcher';
import { locate, type Place } from './locate';
import { fetchConfig, loadScript, ownTrust } from './net';
import { makeSpot, type Spot } from './spot';

type Handler = (data: unknown) => void;

function run({ base, token, nonce }: Place): void {
  const handlers: [event: string, handler: Handler][] = [];
  const keys = `hubbub:${token}:`;
  const known = { base, token, trust: ownTrust(), visitor: whoever(), wanted: {}, messages: [], handlers };
  const own = { ...known, emit, draw, undraw, redraw, script } as unknown as Bridge;
  /** What was said before the manager and the panel were there to hear it. */
  let unmanaged: Command[] = [];
  let waiting: Command[] = [];
  let manager: Managing | undefined;
  let managing: unknown;
  let spot: Spot | undefined;
  let inside: string | undefined;
  let loading: Promise<void> | undefined;
  let warned: string | undefined;
  let more: boolean | undefined;

  /** Tells the page's author why there is no chat, once: visitors see nothing of it. */
  function warn(why: string): void {
    if (warned !== why) console.warn(`Chat: not shown, ${(warned = why)}`);
  }

  /** This browser's visitor, of whom this page has not told anything yet. */
  function whoever(): Visitor {
    let key;
    try {
      key = /^\w{1,99}$/.exec(localStorage.getItem(`${keys}visitor`) ?? '');
    } catch {
      // A browser may refuse to open its storage: every visit then looks like a first one.
    }
    return { visitor: key ? key[0] : null, identity: null, jwt: null, custom: {} };
  }

  /** Tells the page, once what caused it is done. A faulty handler is for the page's author to see. */
  function emit(event: string, data: object = own.by): void {
    const told = { event, ...data };
    Own.resolve().then(() => {
      for (const [name, handler] of handlers) if (name === event) calm(handler)(told);
    });
  }

  const obey = calm((command: Command): void => {
    const [name, first, second] = command as [string, never, never];
    if (name === '_reset') return reset();
    if (name === '_onEvent') {
      handlers.push([first, second]);
      if (own.config && first === 'started') calm(second as Handler)({ event: first });
      return;
    }
    if (name === '_setConfiguration') own.wanted = Object(first);
    else if (name === '_setIdentity') own.visitor.identity = Object(first);
    else if (name === '_setSignedIdentity') own.visitor.jwt = first;
    else if (name === '_fillCustomVariable') own.visitor.custom[first] = second;
    // The manager knows the rest.
    else more ||= /^_(?!addM|pageC)\w/.test(name);
    // A session from before this command knows nothing of it, so the panel must open its own.
    own.session = null;
    if (manager) manager.run(command);
    else unmanaged.push(command);
    if (own.chat) own.chat.run(command);
    else if (loading) waiting.push(command);
    show();
  });

  async function start(wait: number): Promise<void> {
    const answer = await fetchConfig(base);
    const { source, status } = answer;
    if (source?.active) {
      own.config = answer;
      emit('started', {});
      show();
    } else if (source || status === 404) {
      // A source that is not found is gone for good; anything else may pass.
      warn('no active source');
    } else {
      later(() => start(Math.min(wait * 2, 300_000)), wait);
    }
  }

  /** Draws what this page asks for; called again when a command may have changed that. */
  function show(): void {
    const { config, visitor, wanted } = own;
    if (managing || !config) return;
    const { targeting, built_in, source } = config;
    // Where signed identities are required, the chat has nobody to talk to until the page names them.
    const nobody = source.signed_identities === 'required' && !visitor.jwt;
    if (nobody) warn('its community takes signed identities alone');
    const may = !spot && !nobody;
    if (targeting || more || (may && (wanted.embedded || visitor.visitor || visitor.jwt))) {
      managing = manage();
    } else if (may && built_in?.trigger.active !== false) {
      own.by = byTrigger(built_in?.trigger);
      const shown = { ...own.by, mode: 'online' };
      emit('trigger_activated', shown);
      draw();
      emit('trigger_executed', shown);
      const button = { ...shown, ...naming('item', built_in?.item), item_type: 'button' };
      emit('button_shown', button);
      emit('item_shown', button);
    }
  }

  const manage = calm(async () => {
    manager = (await script('manager', () => window.__hubbubManager))(own);
    const idle = !loading;
    for (const command of unmanaged) {
      manager.run(command);
      // What comes after the opening is for the panel.
      if (idle && loading) waiting.push(command);
    }
    unmanaged = [];
  });

  /** Makes the chat's place: the launcher, or nothing in the page's own element with this id. */
  function draw(parent?: string): void {
    const { source } = own.config;
    const { root, settle } = (spot = makeSpot(parent, source.color, {
      placed: () => (own.chat ? own.chat.placed() : parent !== undefined && load()),
      broken: redraw,
    }));
    inside = parent;
    own.root = root;
    own.locale = pickLocale(own);
    // The chat's own page speaks as the chat does.
    const page = document.documentElement;
    if ('own' in page.dataset) page.lang = own.locale;
    if (parent === undefined) {
      const press = () => (own.chat ? own.chat.toggle() : load(true));
      own.launcher = drawLauncher(root, own.locale, press);
      // Scripts of the page press it by this class.
      root.host.className = 'dimelo-chat-bubble';
      listen(root.host, 'click', press);
    }
    settle();
  }

  function redraw(): void {
    const wasOpen = undraw();
    own.draw(inside);
    if (wasOpen !== undefined) load(wasOpen);
  }

  function undraw(): boolean | undefined {
    const wasOpen = own.chat?.destroy();
    spot?.remove();
    spot = own.chat = own.launcher = loading = undefined;
    waiting = [];
    return wasOpen;
  }

  /** Forgets the visitor, as if this browser had never been here; what is kept is the next one's after `elsewhere`. */
  function reset(elsewhere?: boolean): void {
    undraw();
    if (own.shown) emit('chat_closed', {});
    own.shown = own.session = null;
    try {
      for (const key in localStorage) if (!elsewhere && key.startsWith(keys)) localStorage.removeItem(key);
    } catch {
      // Nothing was kept.
    }
    own.visitor = whoever();
    if (manager) manager.reset(elsewhere);
    else show();
  }

  const load = (own.load = calm(async (open?: boolean, quiet?: boolean) => {
    await (loading ??= fetchChat());
    own.chat?.show(open, quiet);
    // Another one may wait to open it.
    await 0;
    for (const command of waiting.splice(0)) own.chat?.run(command);
  }) as Bridge['load']);

  /** The launcher looks busy for as long as this takes, and the press is honoured when it succeeds. */
  async function fetchChat(): Promise<void> {
    const at = spot;
    own.launcher?.setAttribute('aria-busy', 'true');
    try {
      await script('chat', () => window.__hubbubChat);
    } finally {
      own.launcher?.removeAttribute('aria-busy');
    }
    if (at !== spot) return;
    own.chat = await window.__hubbubChat!(own);
  }

  /** Asks for a script until it has done what it is for. */
  async function script<T>(name: string, made: () => T | undefined): Promise<T> {
    for (let wait = 4000; !made(); ) {
      await loadScript(`${base}/${name}.js`, nonce, own.trust);
      if (!made()) await new Own((done) => setTimeout(done, (wait = Math.min(wait * 2, 60_000))));
    }
    return made()!;
  }

  // The toolbar, which stays over page loads until it is stopped.
  const debug = () => obey(['_debug']);
  try {
    window.Hubbub = { debug };
    (window.Dimelo ||= {}).Messaging = { Debug: { start: debug } };
    if (sessionStorage.getItem('hubbub:debug')) debug();
  } catch {
    // The names are taken, or nothing is kept.
  }
  // Whoever leaves in one tab has left in all.
  const elsewhere = ({ key, newValue }: StorageEvent) => key === `${keys}visitor` && !newValue && reset(true);
  addEventListener('storage', calm(elsewhere));
  const queue = (window._chatq ||= []);
  const early = queue.splice(0);
  queue.push = (...commands) => {
    commands.forEach(obey);
    return commands.length;
  };
  queue.push(...early);
  // The page's own snippets run while it is parsed; waiting for its end lets them all be heard first.
  const begin = calm(() => start(4000));
  if (document.readyState !== 'loading') begin();
  else addEventListener('DOMContentLoaded', begin);
}

const place = locate();
if (place) calm(run)(place);
