/** Parts of the menu at one's own name. */
import { t } from './lib/i18n.svelte';
import { alerts } from './lib/live/alerts.svelte';
import { moodOf, presence } from './lib/presence.svelte';
import { toasts } from './lib/toasts.svelte';
import type { MenuItems } from './ui/Menu.svelte';

const say = (choice: Parameters<typeof presence.choose>[0]) => () => void presence.choose(choice).catch(toasts.error);

/** Available or away, for which reason, and on which channels. */
export function presenceMenu(): MenuItems {
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
            label: name,
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

/** How one is told of live chats. */
export function alertsMenu(): MenuItems {
  return [
    { heading: t('alerts.heading') },
    { label: t('alerts.sound'), checked: alerts.sound, alone: true, testid: 'alert-sound', run: () => alerts.turnSound() },
    ...('Notification' in globalThis
      ? [
          {
            label: t('alerts.notices'),
            checked: alerts.notices,
            alone: true,
            testid: 'alert-notices',
            run: () => void alerts.turnNotices(),
          },
        ]
      : []),
  ];
}
