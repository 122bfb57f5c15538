/**
 * The loader: the only script a page pays for until somebody wants to talk. It listens to `_chatq`,
 * draws the launcher, and fetches the panel on the first press, or at once when there is something
 * to continue. It must never throw into the host page nor show anything while the server is away.
 */
import { calm, later, Own } from '../shared/calm';
import { pickLocale } from '../shared/locale';
import type { Bridge, Chat, Command, Config, SessionAnswer, Visitor } from '../shared/types';
import { drawLauncher } from './launcher';
import { locate, type Place } from './locate';
import { fetchConfig, loadScript, openSession, ownTrust } from './net';
import { makeSpot, type Spot } from './spot';

/** After a day without a message the chat no longer reopens by itself. */
const CONTINUATION_MS = 24 * 3600 * 1000;

type Handler = (data: unknown) => void;

function run({ base, token, nonce }: Place): void {
  const handlers: [event: string, handler: Handler][] = [];
  const trust = ownTrust();
  let visitor = whoever();
  let waiting: Command[] = [];
  let wanted: { embedded?: boolean; parentNodeId?: string } = {};
  let config: Config | undefined;
  let bridge: Bridge | undefined;
  let spot: Spot | undefined;
  let launcher: HTMLElement | undefined;
  let chat: Chat | undefined;
  let loading: Promise<void> | undefined;
  let sessions = 0;
  let begun = false;
  let continuing = false;
  let warned: boolean | undefined;

  /** Tells the page's author why there is no chat, once: visitors see nothing of it. */
  function warn(why: string): void {
    if (!warned) console.warn(`Chat: not shown, ${why}`);
    warned = true;
  }

  /** This browser's visitor, of whom this page has not told anything yet. */
  function whoever(): Visitor {
    const key = /^\w{1,99}$/.exec(storage('visitor') ?? '');
    return { visitor: key && key[0], identity: null, jwt: null, custom: {} };
  }

  function emit(event: string, data?: Record<string, unknown>): void {
    const trigger = { trigger_id: null, trigger_label: '', trigger_human_id: '', trigger_continuation: continuing };
    // A faulty handler is for the page's author to see, and must not stop the chat.
    for (const [name, handler] of handlers) if (name === event) calm(handler)({ event, ...trigger, ...data });
  }

  const obey = calm((command: Command): void => {
    const [name, first, second] = command as [string, never, never];
    if (name === '_reset') return reset();
    if (name === '_onEvent') handlers.push([first, second]);
    if (name === '_setConfiguration') wanted = Object(first);
    if (name === '_setIdentity') visitor.identity = Object(first);
    if (name === '_setSignedIdentity') visitor.jwt = first;
    if (name === '_fillCustomVariable') visitor.custom[first] = second;
    // A session from before this command knows nothing of it, so the panel must open its own.
    if (bridge) bridge.session = null;
    if (chat) chat.run(command);
    else if (loading) waiting.push(command);
    show();
  });

  async function start(wait: number): Promise<void> {
    const answer = await fetchConfig(base);
    // A source that is not found is gone for good; anything else may pass.
    if (!answer.source && answer.status !== 404) later(() => start(Math.min(wait * 2, 300_000)), wait);
    if (answer.status === 404) warn('no source has this token');
    if (answer.source && !answer.source.active) warn('its source is switched off');
    if (!answer.source?.active) return;
    config = answer;
    emit('started');
    show();
  }

  /** Draws what this page asks for; called again when a command may have changed that. */
  function show(): void {
    if (bridge || !config) return;
    const { source } = config;
    // Where signed identities are required, the chat has nobody to talk to until the page names them.
    if (source.signed_identities === 'required' && !visitor.jwt)
      return warn('its community takes signed identities alone: push _setSignedIdentity, or let anybody write');
    const parent = wanted.embedded ? `${wanted.parentNodeId}` : undefined;
    if (parent && !document.getElementById(parent)) warn('no element has the id in parentNodeId');
    const { root, settle } = (spot = makeSpot(parent, source.color, { placed, broken }));
    // The chat's own page speaks as the chat does.
    const page = document.documentElement;
    if ('own' in page.dataset) page.lang = pickLocale(source.locale);
    bridge = {
      base,
      token,
      config,
      locale: pickLocale(source.locale),
      visitor,
      session: null,
      openSession: openAndKeep,
      trust,
      root,
      embedded: !!parent,
      script,
      emit,
      launcher: undefined,
    };
    if (!parent) {
      bridge.launcher = launcher = drawLauncher(root, bridge.locale, () => (chat ? chat.toggle() : open()));
    }
    settle();
  }

  function placed(): void {
    if (begun) return chat?.placed();
    begun = true;
    if (!launcher) {
      open();
    } else {
      for (const event of ['button_shown', 'item_shown']) {
        emit(event, { mode: 'online', item_id: null, item_label: '', item_human_id: '', item_type: 'button' });
      }
      resume();
    }
  }

  function undraw(): void {
    chat?.destroy();
    spot?.remove();
    spot = bridge = launcher = chat = loading = undefined;
    begun = false;
    waiting = [];
  }

  function broken(): void {
    undraw();
    show();
  }

  /** Forgets the visitor, as if this browser had never been here. */
  function reset(): void {
    undraw();
    sessions++;
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(kept(''))) localStorage.removeItem(key);
    } catch {
      // Nothing was kept.
    }
    visitor = whoever();
    show();
  }

  /** Goes on where the last page stopped: reopens the panel, or at least learns what is unread. */
  const resume = calm(async () => {
    // Read by its words, so that nothing that may stand there instead can hurt.
    const state = storage('state') ?? '';
    const engagedAt = Number(/"engagedAt":(\d+)/.exec(state)?.[1] ?? 0);
    let busy = /"outbox":true/.test(state) || Date.now() - engagedAt < CONTINUATION_MS;
    // On a phone the panel would cover the page that the visitor has just asked for.
    if (busy && /"open":true/.test(state) && innerWidth > 480) {
      continuing = true;
      await open();
      continuing = false;
    } else if (!busy && (visitor.visitor || visitor.jwt)) {
      const at = bridge;
      const answer = await openAndKeep();
      if (!answer.visitor || !bridge || bridge !== at) return;
      bridge.session = answer;
      busy = !!(answer.unread || answer.open_threads);
    }
    if (busy) await load();
  });

  async function openAndKeep(write: (value: object) => string = JSON.stringify): Promise<SessionAnswer> {
    const session = ++sessions;
    const answer = await openSession(base, visitor, write);
    // Only the newest one counts: the page may have named somebody else meanwhile.
    if (answer.visitor && session === sessions) {
      storage('visitor', (visitor.visitor = answer.visitor));
    }
    return answer;
  }

  function kept(key: string): string {
    return `hubbub:${token}:${key}`;
  }

  /** localStorage, which a browser may refuse to open: every visit then looks like a first one. */
  function storage(key: string, value?: string): string | null {
    try {
      if (value) localStorage.setItem(kept(key), value);
      return localStorage.getItem(kept(key));
    } catch {
      return null;
    }
  }

  const open = calm(async () => {
    await load();
    chat?.open(continuing);
  });

  function load(): Promise<void> {
    return (loading ??= fetchChat());
  }

  /** Asks for a script until it has done what it is for. */
  async function script<T>(name: string, made: () => T | undefined): Promise<T> {
    for (let wait = 4000; ; wait *= 2) {
      if (!made()) await loadScript(`${base}/${name}.js`, nonce, trust);
      const there = made();
      if (there) return there;
      await new Own((done) => setTimeout(done, wait));
    }
  }

  /** The launcher looks busy for as long as this takes, and the press is honoured when it succeeds. */
  async function fetchChat(): Promise<void> {
    const at = bridge;
    launcher?.setAttribute('aria-busy', 'true');
    try {
      await script('chat', () => window.__hubbubChat);
    } finally {
      launcher?.removeAttribute('aria-busy');
    }
    if (!at || at !== bridge) return;
    chat = window.__hubbubChat?.(at);
    for (const command of waiting) chat?.run(command);
  }

  // Whoever leaves in one tab has left in all.
  const elsewhere = ({ key, newValue }: StorageEvent) => key === kept('visitor') && !newValue && reset();
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
