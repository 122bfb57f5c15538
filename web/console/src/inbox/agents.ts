/** To whom a conversation can be given, in the order in which they are offered: oneself, then who is there for it, then the others. */
import type { Id, User } from '../lib/api/types';
import { catalog, userName } from '../lib/catalog.svelte';
import { t } from '../lib/i18n.svelte';
import { presence } from '../lib/presence.svelte';
import { session } from '../lib/session.svelte';
import type { Option } from '../ui/OptionList.svelte';

/** Where one may see it: whether somebody is there for it, which counts more than their address. */
const hintOf = (user: User) =>
  user.id === session.user.id ? t('reassign.me') : user.bot ? t('history.bot') : (presence.of(user.id)?.text ?? user.email);

const rank = (id: Id) => (id === session.user.id ? 0 : presence.of(id)?.mood === 'available' ? 1 : 2);

/** All but somebody who has it already. */
export const agentOptions = (without?: Id): Option[] =>
  catalog.users
    .filter((user) => user.enabled && user.id !== without)
    .map((user) => ({ id: user.id, label: userName(user), hint: hintOf(user) }))
    .toSorted((a, b) => rank(a.id) - rank(b.id) || a.label.localeCompare(b.label));
