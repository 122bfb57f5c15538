/**
 * The loader: the only script a page pays for until somebody wants to talk. It listens to `_chatq`, and where a source
 * has nothing but its built-in trigger it draws the launcher by itself. The manager comes where there is more to
 * decide: triggers, a visitor who was here before, a chat inside of the page. The panel comes when it is shown. It must
 * never throw into the host page nor show anything while the server is away.
 */
import { calm, later, Own } from '../shared/calm';
import { fill } from '../shared/dom';
import { byTrigger, naming } from '../shared/event';
import type { Bridge, Command, Managing, Visitor } from '../shared/types';
import { drawLauncher } from './launcher';
import { locate, type Place } from './locate';
import { fetchConfig, loadScript, ownTrust } from './net';
import { makeSpot, type Spot } from './spot';
import { tame } from './tame';
import { tell } from './tell';

/** Whether this is the loader that tells what counts visits on the page: each is built by itself, and holds its own alone. */
declare const __TELLS__: boolean;

type Handler = (data: unknown) => void;

function run({ base, token, nonce }: Place): void {
  const handlers: [event: string, handler: Handler][] = [];
  const keys = `hubbub:${token}:`;
  const trust = ownTrust();
  const visitor = whoever();
  // prettier-ignore
  const own = {
    base, token, trust, visitor, handlers, emit, draw, undraw, script, wanted: {}, messages: [], translations: [],
  } as unknown as Bridge;
  if (__TELLS__) tell(own);
  /** What was said before the manager and the panel were there to hear it. */
  let unmanaged: Command[] = [];
  let waiting: Command[] = [];
  let manager: Managing | undefined;
  let managing: unknown;
  let spot: Spot | undefined;
  let inside: string | undefined;
  let loading: Promise<void> | undefined;
  let warned: unknown;
  let more: unknown;

  /** Tells the page's author why there is no chat, once: visitors see nothing of it. */
  function warn(why: unknown): void {
    if (warned !== why) console.warn('No chat:', (warned = why));
  }

  /** This browser's visitor, of whom this page has not told anything yet. */
  function whoever(): Visitor {
    let key: string | null = null;
    try {
      [key] = localStorage.getItem(`${keys}visitor`)!.match(/^\w{1,99}$/)! as [string];
    } catch {
      // A browser may refuse to open its storage, or have nothing in it: every visit then looks like a first one.
    }
    return { visitor: key, identity: null, jwt: null, custom: {} };
  }

  /** Tells the page, once what caused it is done. A faulty handler is for the page's author to see. */
  function emit(event: string, data: object = own.by): void {
    const told = { event, ...data };
    Own.resolve().then(() => {
      for (const [name, handler] of handlers) if (name === event) calm(handler)(told);
    });
  }

  const obey = calm(([what, one, other]: Command): void => {
    const name = tame(what) as string;
    const first = tame(one) as never;
    const second = (typeof other === 'function' ? other : tame(other)) as never;
    const command: Command = [name, first, second];
    if (name === '_reset') return reset();
    if (name === '_onEvent') {
      handlers.push([first, second]);
      if (own.config && first === 'started') calm(second as Handler)({ event: first });
      return;
    }
    if (name === '_setConfiguration') Object.assign(own.wanted, first);
    else if (name === '_setIdentity') own.visitor.identity = Object(first);
    else if (name === '_setSignedIdentity') own.visitor.jwt = first;
    else if (name === '_pageChange') own.page = first;
    else if (name === '_fillCustomVariable') own.visitor.custom[first] = second;
    else {
      if (name === '_setLocale') own.wanted.locale = first;
      else if (name === '_setConsent') own.wanted.consent = first;
      else if (name === '_addTranslations') own.translations!.push(first);
      // The manager knows the rest, or says that nobody does.
      command[3] = name !== '_addMessage' && name !== '_minimize';
      more ||= command[3];
    }
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
    const { status, message, source } = answer;
    if (source?.active) {
      own.config = answer;
      emit('started', {});
      show();
    } else if (status === 404 || status === 403) {
      // A source that is not found, or not for this site, is gone for good; anything else may pass.
      warn(message);
    } else {
      later(() => start(wait < 2e5 ? wait * 2 : wait), wait);
    }
  }

  /** Draws what this page asks for; called again when a command may have changed that. */
  function show(): void {
    const { config, visitor, wanted } = own;
    if (managing || !config) return;
    const { targeting, built_in, source } = config;
    // Where signed identities are required, the chat has nobody to talk to until the page names them.
    const nobody = source.signed_identities === 'required' && !visitor.jwt;
    if (nobody) warn('no signed identity');
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
    } else if (may) {
      warn('no trigger');
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
    const { root, settle } = (spot = makeSpot(parent, own, {
      placed: () => (own.chat ? own.chat.placed() : parent != null && load()),
      broken: redraw,
    }));
    inside = parent;
    own.root = root;
    if (parent == null) {
      const press = () => (own.chat ? own.chat.toggle() : load(true));
      // The chat asks more closely, and may know a better name. A language's own counts before that without its region.
      let name = 'Chat';
      for (const one of [
        'en', own.config.source.locale, navigator.language, document.documentElement.lang,
        own.visitor.identity?.locale, own.wanted.locale, own.language,
      ]) {
        for (const letters of [2, 3, 99]) name = own.config.texts?.titles[`${one}`.slice(0, letters).toLowerCase()] ?? name;
      }
      own.launcher = drawLauncher(root, name, press);
      // Scripts of the page press it by this class.
      fill(root.host, { class: 'dimelo-chat-bubble', onclick: press });
    }
    settle();
  }

  function redraw(): void {
    const wasOpen = undraw();
    own.draw(inside);
    if (wasOpen != null) load(wasOpen);
  }

  function undraw(): boolean | undefined {
    const wasOpen = own.chat?.destroy();
    spot?.remove();
    spot = own.chat = own.launcher = (own as Partial<Bridge>).root = loading = undefined;
    waiting = [];
    return wasOpen;
  }

  /** Forgets the visitor, as if this browser had never been here; what is kept is the next one's after `elsewhere`. */
  function reset(elsewhere?: boolean): void {
    const gone = own.visitor.visitor;
    undraw();
    if (own.shown) emit('chat_closed', {});
    own.shown = own.session = null;
    try {
      if (!elsewhere) {
        // Sorted, `visitor` goes after all that another tab, which begins anew when it goes, would go on with.
        for (const key of Object.keys(localStorage).sort()) if (key.startsWith(keys)) localStorage.removeItem(key);
        // The key opens nothing any more. A browser says so also where the page is left at once.
        if (gone) navigator.sendBeacon(`${base}/forget?visitor=${gone}`);
      }
    } catch {
      // Nothing was kept.
    }
    own.visitor = whoever();
    if (manager) manager.reset();
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
    await script('chat', () => window.__hubbubChat).finally(() => own.launcher?.removeAttribute('aria-busy'));
    if (at !== spot) return;
    // Its place may have gone meanwhile, and another one may have come.
    own.chat = (await window.__hubbubChat!(own)) ?? own.chat;
  }

  /** Asks for a script until it has done what it is for. */
  async function script<T>(name: string, made: () => T | undefined): Promise<T> {
    for (let wait = 4000; !made(); ) {
      await loadScript(`${base}/${name}.js`, own.wanted.nonce ?? nonce, own.trust);
      if (!made()) await new Own((done) => setTimeout(done, (wait = wait < 3e4 ? wait * 2 : wait)));
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
  queue.push = (...commands) => {
    commands.forEach(obey);
    return commands.length;
  };
  queue.push(...queue.splice(0));
  // The page's own snippets run while it is parsed; waiting for its end lets them all be heard first.
  const begin = calm(() => start(4000));
  if (document.readyState !== 'loading') begin();
  else addEventListener('DOMContentLoaded', begin);
}

const place = locate();
if (place) calm(run)(place);
