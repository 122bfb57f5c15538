/** The menu at one's own name. */
import { catalog } from './lib/catalog.svelte';
import { given } from './lib/given';
import { locale, locales, t, type MessageKey } from './lib/i18n.svelte';
import { moodOf, presence } from './lib/presence.svelte';
import { router } from './lib/router.svelte';
import { session } from './lib/session.svelte';
import { theme, type Theme } from './lib/theme.svelte';
import { toasts } from './lib/toasts.svelte';
import { ui } from './lib/ui.svelte';
import type { IconName } from './ui/icons';
import type { MenuItems } from './ui/Menu.svelte';

const themes: { id: Theme; icon: IconName }[] = [
  { id: 'system', icon: 'screen' },
  { id: 'light', icon: 'sun' },
  { id: 'dark', icon: 'moon' },
];

const say = (choice: Parameters<typeof presence.choose>[0]) => () => void presence.choose(choice).catch(toasts.error);

/** Available or away, for which reason, and on which channels. */
function presenceMenu(): MenuItems {
  const { own } = presence;
  if (!own) return [];
  const mood = moodOf(own);
  const reason = own.custom_status?.id ?? null;
  return [
    { heading: t('presence.heading') },
    { label: t('presence.available'), checked: mood === 'available', testid: 'be-available', run: say({ status: 'available' }) },
    { label: t('presence.away'), checked: mood === 'away' && !reason, testid: 'be-away', run: say({ status: 'away' }) },
    ...presence.reasons.map(({ id, name }) => ({
      label: name,
      checked: reason === id,
      testid: 'be-away-for',
      run: say({ custom_status_id: id }),
    })),
    ...(own.channels.length > 1
      ? [
          { heading: t('presence.channels') },
          ...own.channels.map(({ id, name, status }) => ({
            label: given(name),
            checked: status === 'available',
            alone: true,
            testid: 'take-channel',
            run: () => void presence.turn(id).catch(toasts.error),
          })),
        ]
      : []),
    'line',
  ];
}

/** The pages beside the conversations that this agent has: in the bar, and at one's name where that has no room for them. */
export const ways = (): { name: 'visitors' | 'people' | 'figures'; icon: IconName; key: string }[] => [
  ...(catalog.hasChat ? [{ name: 'visitors' as const, icon: 'globe' as const, key: 'V' }] : []),
  ...(session.can('read_identity') ? [{ name: 'people' as const, icon: 'book' as const, key: 'P' }] : []),
  ...(session.can('read_stats', 'read_own_stats') ? [{ name: 'figures' as const, icon: 'chart' as const, key: 'S' }] : []),
];

/** All of it. */
export function userMenu(): MenuItems {
  return [
    ...presenceMenu(),
    { heading: session.user.email },
    ...ways().map(({ name, icon, key }) => ({
      label: t(`${name}.title`),
      icon,
      shortcut: `G ${key}`,
      testid: `menu-${name}`,
      run: () => router.go(`/${name}`),
    })),
    { label: t('menu.shortcuts'), icon: 'keyboard' as IconName, shortcut: '?', run: () => ui.open('shortcuts') },
    { label: t('menu.me'), icon: 'bell' as IconName, testid: 'menu-me', run: () => router.go('/me') },
    { label: t('menu.password'), icon: 'key' as IconName, testid: 'change-password', run: () => ui.open('password') },
    'line',
    { heading: t('menu.theme') },
    ...themes.map(({ id, icon }) => ({
      label: t(`menu.theme.${id}` as MessageKey),
      icon,
      checked: theme.current === id,
      abreast: 3 as const,
      testid: `theme-${id}`,
      run: () => theme.choose(id),
    })),
    'line',
    { heading: t('menu.language') },
    ...locales.map(({ id, label }) => ({
      label,
      checked: locale.current === id,
      abreast: 2 as const,
      testid: `locale-${id}`,
      run: () => void session.speak(id),
    })),
    'line',
    { label: t('menu.sign_out'), icon: 'exit' as IconName, testid: 'sign-out', run: () => void session.signOut() },
    { label: t('menu.sign_out_everywhere'), icon: 'lock' as IconName, testid: 'sign-out-everywhere', run: () => ui.open('sign_out_everywhere') },
  ];
}
