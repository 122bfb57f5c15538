/**
 * The loader: the only script a page pays for until somebody wants to talk. It listens to `_chatq`,
 * draws the launcher, and fetches the panel on the first press, or at once when there is something
 * to continue. It must never throw into the host page nor show anything while the server is away.
 */
import { paint } from '../shared/color';
import { pickLocale } from '../shared/locale';
import type { Bridge, Chat, Command, Config, Remembered, SessionAnswer, Visitor } from '../shared/types';
import { drawLauncher, type Launcher } from './launcher';
import { locate, type Place } from './locate';
import { fetchConfig, loadScript, openSession } from './net';

/** After a day without a message the chat no longer reopens by itself. */
const CONTINUATION_MS = 24 * 3600 * 1000;

type Handler = (data: unknown) => void;

function run({ base, token }: Place): void {
  const visitor: Visitor = { visitor: storage('visitor'), identity: null, jwt: null, custom: {} };
  const handlers: [event: string, handler: Handler][] = [];
  const waiting: Command[] = [];
  let wanted: { embedded?: boolean; parentNodeId?: string } = {};
  let config: Config | undefined;
  let bridge: Bridge | undefined;
  let launcher: Launcher | undefined;
  let chat: Chat | undefined;
  let loading: Promise<void> | undefined;
  let continuing = false;
  let warned: boolean | undefined;

  /** Tells the page's author why there is no chat, once: visitors see nothing of it. */
  function warn(why: string): void {
    if (!warned) console.warn(`Chat: not shown, ${why}`);
    warned = true;
  }

  function emit(event: string, data?: Record<string, unknown>): void {
    const trigger = { trigger_id: null, trigger_label: '', trigger_human_id: '', trigger_continuation: continuing };
    for (const [name, handler] of handlers) {
      if (name !== event) continue;
      try {
        handler({ event, ...trigger, ...data });
      } catch (error) {
        // A faulty handler is for the page's author to see, and must not stop the chat.
        console.error(error);
      }
    }
  }

  function obey(command: Command): void {
    const [name, first, second] = command as [string, never, never];
    if (name === '_onEvent') handlers.push([first, second]);
    if (name === '_setConfiguration') wanted = first;
    if (name === '_setIdentity') visitor.identity = first;
    if (name === '_setSignedIdentity') visitor.jwt = first;
    if (name === '_fillCustomVariable') visitor.custom[first] = second;
    // A session from before this command knows nothing of it, so the panel must open its own.
    if (bridge) bridge.session = null;
    if (chat) chat.run(command);
    else if (loading) waiting.push(command);
    show();
  }

  async function start(wait: number): Promise<void> {
    const answer = await fetchConfig(base);
    // A source that is not found is gone for good; anything else may pass.
    if (!answer.source && answer.status !== 404) setTimeout(start, wait, Math.min(wait * 2, 300_000));
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
    const parent = wanted.embedded && document.getElementById(wanted.parentNodeId ?? '');
    if (wanted.embedded && !parent) console.warn('Chat: no element has the id in parentNodeId');
    const host = document.createElement('div');
    paint(host, source.color);
    const root = host.attachShadow({ mode: 'open' });
    (parent || document.body).append(host);
    bridge = {
      base,
      token,
      config,
      locale: pickLocale(source.locale),
      visitor,
      session: null,
      openSession: openAndKeep,
      root,
      embedded: !!parent,
      emit,
      launcher: undefined,
    };
    if (parent) {
      open();
      return;
    }
    bridge.launcher = launcher = drawLauncher(root, bridge.locale, () => (chat ? chat.toggle() : open()));
    for (const event of ['button_shown', 'item_shown']) {
      emit(event, { mode: 'online', item_id: null, item_label: '', item_human_id: '', item_type: 'button' });
    }
    resume(bridge);
  }

  /** Goes on where the last page stopped: reopens the panel, or at least learns what is unread. */
  async function resume(bridge: Bridge): Promise<void> {
    const state: Partial<Remembered> = JSON.parse(storage('state') ?? '{}');
    let busy = state.outbox || Date.now() - (state.engagedAt ?? 0) < CONTINUATION_MS;
    // On a phone the panel would cover the page that the visitor has just asked for.
    if (busy && state.open && innerWidth > 480) {
      continuing = true;
      await open();
      continuing = false;
    } else if (!busy && (visitor.visitor || visitor.jwt)) {
      const answer = await bridge.openSession();
      if (!answer.visitor) return;
      bridge.session = answer;
      launcher?.setUnread(answer.unread ?? 0);
      busy = !!(answer.unread || answer.open_threads);
    }
    if (busy) load();
  }

  async function openAndKeep(): Promise<SessionAnswer> {
    const answer = await openSession(base, visitor);
    if (answer.visitor) visitor.visitor = storage('visitor', answer.visitor) ?? answer.visitor;
    return answer;
  }

  /** localStorage, which a browser may refuse to open: every visit then looks like a first one. */
  function storage(key: string, value?: string): string | null {
    try {
      key = `hubbub:${token}:${key}`;
      if (value) localStorage.setItem(key, value);
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  async function open(): Promise<void> {
    await load();
    chat?.open(continuing);
  }

  function load(): Promise<void> {
    return (loading ??= fetchChat(2000));
  }

  /** The launcher looks busy for as long as this takes, and the press is honoured when it succeeds. */
  async function fetchChat(wait: number): Promise<void> {
    launcher?.busy(true);
    while (!(await loadScript(`${base}/chat.js`))) {
      await new Promise((done) => setTimeout(done, (wait = Math.min(wait * 2, 60_000))));
    }
    launcher?.busy(false);
    chat = window.__hubbubChat?.(bridge as Bridge);
    for (const command of waiting) chat?.run(command);
  }

  const queue = (window._chatq ||= []) as Command[];
  const early = queue.splice(0);
  queue.push = (...commands) => {
    commands.forEach(obey);
    return commands.length;
  };
  early.forEach(obey);
  // The page's own snippets run while it is parsed; waiting for its end lets them all be heard first.
  if (document.readyState !== 'loading') start(4000);
  else document.addEventListener('DOMContentLoaded', () => start(4000));
}

const place = locate();
if (place) run(place);
