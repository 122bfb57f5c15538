/**
 * Tells aloud what cannot wait, and counts what happened to one's own conversations: a sound, a notice of the browser's while
 * no tab of the console is seen, a mark on the tab's icon and the app's. Of several tabs one speaks. It comes after the page.
 */
import { untrack } from 'svelte';
import { get, put, request } from '../lib/api/http';
import type { Id, Signals as Settings } from '../lib/api/types';
import { called } from '../lib/customer';
import { t } from '../lib/i18n.svelte';
import { inbox } from '../lib/inbox/store.svelte';
import { live, type EventFrame } from '../lib/live/socket.svelte';
import { moodOf, presence } from '../lib/presence.svelte';
import { inboxPath, router } from '../lib/router.svelte';
import { session } from '../lib/session.svelte';
import { stored } from '../lib/stored';
import { openThread } from '../lib/thread/store.svelte';
import { ui } from '../lib/ui.svelte';
import { keeping } from './keeping.svelte';
import { isElsewhere, isQuiet, isWanted, signOf, type Sign } from './rules';
import { Tabs } from './tabs';
import { mayRing, play } from './tones';

/** The least time between two sounds. */
const PAUSE = 3_000;
/** How long the offer of notices sleeps that was put off, and how often it comes back. */
const SLEEPS = 14 * 24 * 3600_000;
const TIMES = 2;

/** How often a machine says that somebody is at it, and how long another one waits before it tells all the same. */
const SAID = 20_000;
const WAITS = 20_000;

const memory = stored('notices-later');
const name = stored('device');
const has = 'Notification' in globalThis;

class Signals {
  /** What the browser says of notices. */
  permission = $state<NotificationPermission>(has ? Notification.permission : 'denied');
  private rang = -Infinity;
  private tabs: Tabs | null = null;
  /** When somebody was at this machine last, and at another one of theirs. */
  private here = -Infinity;
  private elsewhere = -Infinity;
  private said = -Infinity;
  private device = '';

  /** How one is told; there while somebody is signed in. */
  get settings(): Settings {
    return session.current!.profile.signals;
  }

  /** The time zone of quiet hours. */
  get zone(): string {
    return this.settings.timezone ?? session.user.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  /** Whether the desk lets the browser show any. */
  get mayNotice(): boolean {
    return has && session.current?.domain.notices !== false;
  }

  start(): () => void {
    this.tabs = new Tabs(
      (thread) => ({ shown: this.isShown(thread), seen: !document.hidden }),
      () => void this.fetch(),
    );
    const effects = $effect.root(() => {
      $effect(() => mark(inbox.counts?.mine ?? 0));
      $effect(() => {
        if (openThread.id) void untrack(() => this.seeThread());
      });
    });
    this.device = name.read() ?? crypto.randomUUID();
    name.write(this.device);
    const stops = [
      ...this.watchHands(),
      live.on('event', (frame) => void this.hear(frame)),
      live.on('noted', ({ unseen }) => this.count(unseen)),
      live.on('ready', () => void this.load()),
      effects,
      keeping.start(),
    ];
    void this.load();
    return () => {
      stops.forEach((stop) => stop());
      this.tabs?.stop();
      this.tabs = null;
      mark(0);
      ui.unseen = 0;
    };
  }

  /** Says now and then that somebody is at this machine, and hears of the others. */
  private watchHands(): (() => void)[] {
    const touched = () => {
      this.here = Date.now();
      if (this.here - this.said < SAID) return;
      this.said = this.here;
      live.active(this.device);
    };
    const kinds = ['pointerdown', 'keydown', 'wheel'] as const;
    for (const kind of kinds) addEventListener(kind, touched, { passive: true, capture: true });
    return [
      () => kinds.forEach((kind) => removeEventListener(kind, touched, { capture: true })),
      live.on('active', ({ device }) => {
        if (device === this.device) this.here = Date.now();
        else this.elsewhere = Date.now();
      }),
    ];
  }

  /** Changes how one is told, here and in the other tabs. */
  async change(part: Partial<Settings>): Promise<void> {
    const profile = await put('/console/profile/notifications', part);
    session.current = { ...session.current!, profile };
    this.tabs?.tellChanged();
  }

  private async fetch(): Promise<void> {
    const profile = await get('/console/profile').catch(() => null);
    if (profile && session.current) session.current = { ...session.current, profile };
  }

  /** The browser is asked when somebody presses for it, and never before. */
  async allow(): Promise<void> {
    ui.offersNotices = false;
    if (has) this.permission = await Notification.requestPermission();
  }

  /** Puts the offer off for some time, and the last time for good. */
  notNow(): void {
    const [times = 0] = (memory.read() ?? '').split(' ').map(Number);
    memory.write(`${times + 1} ${Date.now() + SLEEPS}`);
    ui.offersNotices = false;
  }

  private offer(): void {
    const [times = 0, until = 0] = (memory.read() ?? '').split(' ').map(Number);
    const free = this.permission === 'default' && this.mayNotice && this.settings.notices !== 'none';
    if (free && times < TIMES && until < Date.now()) ui.offersNotices = true;
  }

  ring = (): void => play(this.settings.tone, this.settings.volume);

  /** Shows one of the browser's, wherever one looks. */
  show(text: string, tag: string, path: string | null = null): void {
    try {
      // The same conversation again takes the place of its former notice. What was said stays in the console.
      const shown = new Notification(session.current?.domain.name ?? '', { body: text, tag, silent: true });
      shown.onclick = () => {
        shown.close();
        focus();
        if (path) router.go(path);
      };
    } catch {
      // Some browsers show notices from elsewhere alone.
    }
  }

  private isShown(thread: Id): boolean {
    return router.route.name === 'inbox' && router.route.thread === thread && document.hasFocus();
  }

  private async hear(frame: EventFrame): Promise<void> {
    const { id } = session.user;
    if (frame.event.type === 'intervention.opened' && frame.event.user_id === id) this.offer();
    const away = moodOf(presence.own) === 'away';
    const sign = signOf(frame, { id, away, approves: session.can('approve_content') });
    if (!sign || !this.tabs?.speaks || isQuiet(this.settings, Date.now(), this.zone)) return;
    const { sound, notices, muted_source_ids: muted } = this.settings;
    const [rings, shows] = [isWanted(sound, sign, muted), isWanted(notices, sign, muted)];
    if (!rings && !shows) return;
    // Who looks at it sees it.
    const look = await this.tabs.ask(sign.thread.id);
    if (look.shown) return;
    if (isElsewhere(Date.now(), this.here, this.elsewhere) && !(await this.stillUnread(sign))) return;
    if (rings && mayRing() && Date.now() - this.rang >= PAUSE) {
      this.rang = Date.now();
      this.ring();
    }
    if (shows && !look.seen && this.mayNotice && this.permission === 'granted') this.tell(sign);
  }

  /** Whoever is at another machine is told there: here only what they have left unread for some time. */
  private async stillUnread({ thread }: Sign): Promise<boolean> {
    await new Promise((done) => setTimeout(done, WAITS));
    const now = this.tabs && (await get(`/console/threads/${thread.id}`).catch(() => null));
    return now?.thread.unread === true && now.thread.state === thread.state;
  }

  private tell({ because, thread, own }: Sign): void {
    const name = called(thread.identity?.display_name ?? '');
    // Whom somebody mentions need not have it.
    const has = because !== 'mention' || (thread.state === 'open' && thread.owner?.id === session.user.id);
    const folder = !has ? thread.state : because === 'waits' || !own ? 'open' : 'mine';
    this.show(t(`signals.${because}`, { name }), thread.id, inboxPath({ folder, thread: thread.id }));
  }

  private async load(): Promise<void> {
    const found = await get('/console/notifications', { limit: 0 }).catch(() => null);
    if (found) this.count(found.unseen);
  }

  private count(unseen: number): void {
    const more = unseen > ui.unseen;
    ui.unseen = unseen;
    // What happens to the conversation on screen is seen there.
    if (more && document.hasFocus()) void this.seeThread();
  }

  private async seeThread(): Promise<void> {
    if (openThread.id && ui.unseen > 0) await this.see({ thread_id: openThread.id });
  }

  /** Notes what was seen: all up to one, or what there is of a conversation. */
  async see(what: { upto: Id } | { thread_id: Id }): Promise<void> {
    const seen = await request('POST', '/console/notifications/seen', { body: what }).catch(() => null);
    if (seen) ui.unseen = seen.unseen;
  }
}

/** Has the tab's icon and the app's say how many wait. */
function mark(count: number): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon) icon.href = count > 0 ? '/favicon-waits.svg' : '/favicon.svg';
  const app = navigator as Partial<Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>>;
  void (count > 0 ? app.setAppBadge?.(count) : app.clearAppBadge?.())?.catch(() => {});
}

export const signals = new Signals();
