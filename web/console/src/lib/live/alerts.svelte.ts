/**
 * Says aloud what cannot wait: somebody waits in a live chat, or has said something in one of mine. A sound, and a notice
 * of the browser's while no tab of the console is seen. Of several tabs one speaks.
 */
import { t } from '../i18n.svelte';
import { inboxPath, router } from '../router.svelte';
import { moodOf, presence } from '../presence.svelte';
import { session } from '../session.svelte';
import { stored } from '../stored';
import { live, type EventFrame } from './socket.svelte';

/** The least time between two sounds, in milliseconds. */
const PAUSE = 3_000;

const soundMemory = stored('alert-sound');
const noticeMemory = stored('alert-notices');

class Alerts {
  sound = $state(soundMemory.read() !== 'off');
  private wanted = $state(noticeMemory.read() === 'on');
  private allowed = $state('Notification' in globalThis && Notification.permission === 'granted');

  private rang = -Infinity;
  private speaks = !navigator.locks;
  private context: AudioContext | null = null;

  get notices(): boolean {
    return this.wanted && this.allowed;
  }

  constructor() {
    void navigator.locks?.request('hubbub-alerts', () => {
      this.speaks = true;
      return new Promise(() => {});
    });
  }

  start(): () => void {
    return live.on('event', (frame) => this.hear(frame));
  }

  turnSound(): void {
    this.sound = !this.sound;
    soundMemory.write(this.sound ? null : 'off');
    if (this.sound) this.ring();
  }

  /** The browser is asked when somebody wants notices, and never before. */
  async turnNotices(): Promise<void> {
    const on = !this.notices;
    if (on) this.allowed = (await Notification.requestPermission()) === 'granted';
    this.wanted = on && this.allowed;
    noticeMemory.write(this.wanted ? 'on' : null);
  }

  private hear({ event, thread }: EventFrame): void {
    const chat = thread?.live_chat;
    if (!chat?.pressing_since || !this.speaks) return;
    const own = thread?.intervention?.status === 'open' && thread.intervention.user?.id === session.user.id;
    const waits = event.type === 'chat.queued' && moodOf(presence.own) !== 'away';
    const asks = event.type === 'content.imported' && own && chat.state === 'connected';
    if (!waits && !asks) return;
    // Who looks at it sees it.
    const shown = router.route.name === 'inbox' && router.route.thread === thread!.id;
    if (shown && document.hasFocus()) return;
    this.ring();
    this.notice(thread!.id, t(waits ? 'alerts.waits' : 'alerts.asks', { name: thread!.identity?.display_name ?? '' }));
  }

  /** Two soft tones. Before the first press on the page browsers let nothing sound, and nothing is tried. */
  private ring(): void {
    if (!this.sound || Date.now() - this.rang < PAUSE || navigator.userActivation?.hasBeenActive === false) return;
    this.rang = Date.now();
    try {
      const context = (this.context ??= new AudioContext());
      void context.resume();
      for (const [at, pitch] of [[0, 660], [0.2, 880]] as const) {
        const [tone, volume] = [context.createOscillator(), context.createGain()];
        const begin = context.currentTime + at;
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0.0001, begin);
        volume.gain.exponentialRampToValueAtTime(0.12, begin + 0.03);
        volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.2);
        tone.connect(volume).connect(context.destination);
        tone.start(begin);
        tone.stop(begin + 0.2);
      }
    } catch {
      // A browser without sound is a quiet one.
    }
  }

  private notice(thread: string, text: string): void {
    if (!this.notices || !document.hidden) return;
    try {
      // The same conversation again takes the place of its former notice. What was said stays in the console.
      const shown = new Notification(session.current?.domain.name ?? '', { body: text, tag: thread });
      shown.onclick = () => {
        shown.close();
        focus();
        router.go(inboxPath({ folder: 'everyone', thread }));
      };
    } catch {
      // Some browsers show notices from elsewhere alone.
    }
  }
}

export const alerts = new Alerts();
