/**
 * Sounds and notices of the browser for new messages. Only chats that offer them fetch this, and nothing is heard or asked
 * before the visitor has switched it on.
 */
import en from '../../messages/alerts.en.json';
import { lineOf } from '../chat/rows';
import type { Key } from '../chat/i18n';
import { calm, later } from '../shared/calm';
import { fill, h, icon, stylesOnce } from '../shared/dom';
import type { AlertsHost, Message } from '../shared/types';
import css from './alerts.css?inline';
import { ring } from './ring';

const BELL = 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15zM10 21h4';
/** As much of a text as a notice shows, in characters. */
const SHOWN = 178;
/** For how long no other tab tells the same, in milliseconds, and for how long none sounds again. */
const HELD = 5000;
const SOUND = 1000;
/** So many messages are known to have been told. */
const TOLD = 50;
const style = stylesOnce(css);

type Kind = 'sound' | 'notice';

window.__hubbubAlerts = (host: AlertsHost) => {
  const { bridge, keep, t } = host;
  const { source } = bridge.config;
  // Some browsers have none, or not for pages.
  const kinds: Kind[] = [...(source.sounds ? (['sound'] as const) : []), ...(source.browser_notifications && window.Notification ? (['notice'] as const) : [])];
  const isOn = (kind: Kind) => keep.get(`alert:${kind}`) === '1';
  const set = (kind: Kind, on: boolean) => (on ? keep.set(`alert:${kind}`, '1') : keep.remove(`alert:${kind}`));

  const blocked = h('p', { class: 'blocked', role: 'alert', 'data-testid': 'alerts-blocked' });
  const menu = h('div', { class: 'alerts pop', role: 'group', id: 'alerts', 'data-testid': 'alerts-menu' });
  const button = h(
    'button',
    { type: 'button', class: 'tool', 'data-testid': 'alerts', 'aria-expanded': 'false', 'aria-controls': 'alerts', onclick: () => toggle() },
    icon(BELL),
  );

  function toggle(): void {
    const opens = !menu.isConnected;
    if (opens) button.parentElement?.after(menu);
    else menu.remove();
    button.setAttribute('aria-expanded', `${opens}`);
    (opens ? menu.querySelector('input') : button)?.focus();
  }

  /** Browsers ask their question once, and by a press alone. */
  const change = calm(async (kind: Kind, box: HTMLInputElement) => {
    blocked.textContent = '';
    if (box.checked && kind === 'notice' && Notification.permission !== 'granted') {
      box.checked = (await Notification.requestPermission()) === 'granted';
      if (!box.checked) blocked.textContent = t('hubbub.alerts_blocked');
    }
    set(kind, box.checked);
    // How it sounds, and browsers let be heard later what was heard by a press.
    if (box.checked && kind === 'sound') ring();
  });

  const label: Record<Kind, Key> = { sound: 'hubbub.alerts_sound', notice: 'hubbub.alerts_notice' };
  const line = (kind: Kind) => {
    const box = h('input', { type: 'checkbox', role: 'switch', 'data-testid': `alerts-${kind}`, onchange: () => change(kind, box) });
    box.checked = isOn(kind) && (kind === 'sound' || Notification.permission === 'granted');
    return h('label', {}, box, h('span', {}, t(label[kind])));
  };

  const speak = () => {
    const name = t('hubbub.alerts');
    fill(button, { 'aria-label': name, title: name });
    menu.setAttribute('aria-label', name);
    menu.replaceChildren(...kinds.map(line), blocked);
  };

  fill(menu, {
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      // Whoever else hears this key sees it open still.
      later(toggle, 0);
    },
  });

  t.learn(en);
  style(bridge.root);
  speak();
  if (kinds.length) host.offer(button);

  /**
   * Of several tabs one does it: the first, and where all hear at once, that which the browser gives the lock; no other
   * one does for a while.
   */
  const alone = (name: string, ms: number, act: () => void): void => {
    if (!navigator.locks) return act();
    const held = async (lock: Lock | null) => {
      if (!lock) return;
      act();
      await new Promise<void>((done) => later(done, ms));
    };
    void navigator.locks.request(`hubbub-alert:${name}`, { ifAvailable: true }, calm(held));
  };

  /** A tab that the browser has slowed down hears of messages later than the others have told them. */
  const once = (id: string, tell: () => void): void =>
    alone(id, HELD, () => {
      const told = (keep.get('alert:told') ?? '').split(' ');
      if (told.includes(id)) return;
      keep.set('alert:told', [...told, id].slice(-TOLD).join(' '));
      tell();
    });

  function show(message: Message): void {
    const line = lineOf(message) || t('hubbub.alerts_news');
    const body = line.length > SHOWN ? `${[...line].slice(0, SHOWN - 1).join('')}…` : line;
    const notice = new Notification(message.sender_name ?? source.name, { body, tag: message.id, lang: t.locale, silent: true });
    notice.onclick = calm(() => {
      window.focus();
      host.open(message.thread_id);
      notice.close();
    });
  }

  return {
    speak,
    told: calm((message: Message) => {
      const away = document.hidden || !document.hasFocus();
      const [rings, shows] = [kinds.includes('sound') && isOn('sound'), kinds.includes('notice') && isOn('notice') && away];
      if (!rings && !shows) return;
      once(message.id, calm(() => {
        // Of several at once the first one sounds, in whichever tab.
        if (rings) alone('sound', SOUND, () => void ring());
        if (shows && Notification.permission === 'granted') show(message);
      }));
    }),
  };
};
