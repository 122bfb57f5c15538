import { Again } from './again';
import { everything } from './api/lists';
import { get, put } from './api/http';
import type { AgentStatus, Frame, Id, PresenceStatus } from './api/types';
import { t } from './i18n.svelte';
import { live } from './live/socket.svelte';
import { session } from './session.svelte';
import { throttle } from './throttle';

export type Mood = 'available' | 'partly' | 'away' | 'absent';

/** How often lists of who is there are fetched at most, while people come and go. */
const EVERY = 1_000;

/** Whether the agent takes work on which channels; and, for those who may see it, whether others do. */
class Presence {
  /** One's own; null while no connection has said that one is there. */
  own = $state.raw<AgentStatus | null>(null);
  reasons = $state.raw<PresenceStatus[]>([]);
  private others = $state.raw<Map<Id, AgentStatus> | null>(null);

  private watchers = 0;
  private again = new Again(() => void this.load());
  private refresh = throttle(() => void this.loadOthers().catch(() => {}), EVERY);

  /** Follows one's own status until what it gives is called. */
  start(): () => void {
    const stops = [
      live.on('ready', () => {
        void this.load();
        if (this.watchers > 0) this.refresh();
      }),
      live.on('event', (frame) => this.hear(frame)),
    ];
    // Before the socket is there nobody is.
    if (live.status === 'open') void this.load();
    return () => {
      stops.forEach((stop) => stop());
      this.again.done();
      this.refresh.cancel();
      this.own = this.others = null;
    };
  }

  /** Follows everybody's, for those who may see it, until what it gives is called. */
  watch(): () => void {
    if (!session.can('monitor_tasks')) return () => {};
    this.watchers += 1;
    this.refresh();
    return () => (this.watchers -= 1);
  }

  async load(): Promise<void> {
    try {
      const [own, reasons] = await Promise.all([get(`/1.0/status/${session.user.id}`), everything('/1.0/presence_status')]);
      [this.own, this.reasons] = [own, reasons];
      this.again.done();
    } catch (cause) {
      this.own = null;
      this.again.failed(cause);
    }
  }

  /** Available or away everywhere, away for a reason, or for each channel. */
  async choose(choice: { status: string | Record<Id, string> } | { custom_status_id: Id }): Promise<void> {
    this.own = await put(`/1.0/status/${session.user.id}`, choice);
  }

  /** The same with one channel the other way. */
  turn(channel: Id): Promise<void> {
    const other = (status: string) => (status === 'available' ? 'away' : 'available');
    const all = (this.own?.channels ?? []).map(({ id, status }) => [id, id === channel ? other(status) : status]);
    return this.choose({ status: Object.fromEntries(all) });
  }

  /** What is shown of a colleague; null where it is not known. */
  of(user: Id): { mood: Mood; text: string } | null {
    if (!this.others) return null;
    const status = this.others.get(user) ?? null;
    return { mood: moodOf(status), text: this.text(status) };
  }

  /** A status in a few words. */
  text(status: AgentStatus | null): string {
    const reason = status?.custom_status && this.reasons.find(({ id }) => id === status.custom_status!.id);
    return reason ? t('presence.away_for', { reason: reason.name }) : t(`presence.${moodOf(status)}`);
  }

  private async loadOthers(): Promise<void> {
    const all = await get('/1.0/status');
    this.others = new Map(all.map((status) => [status.agent_id, status]));
  }

  private hear({ event }: Extract<Frame, { type: 'event' }>): void {
    const { type, id } = event.resource;
    if (type === 'push_agent') {
      if (id === session.user.id) void this.load();
      if (this.watchers > 0) this.refresh();
    } else if (['channel', 'presence_status'].includes(type)) void this.load();
  }
}

export const presence = new Presence();

export function moodOf(status: AgentStatus | null): Mood {
  if (!status) return 'absent';
  const free = status.channels.filter(({ status: word }) => word === 'available').length;
  return free === 0 ? 'away' : free < status.channels.length ? 'partly' : 'available';
}
