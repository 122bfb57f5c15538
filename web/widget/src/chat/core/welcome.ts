import { fillIn } from '../../shared/fill';
import { language, type Spoken } from '../../shared/locale';
import type { Source } from '../../shared/types';

type Greeting = Spoken & { config: { source: Pick<Source, 'welcome_message' | 'welcome_messages'> } };

/** The welcome in the visitor's language, in a near one (`pt` for `pt-BR`), else the one for all languages. */
export function welcomeOf(bridge: Greeting, person: Record<string, string>): string | null {
  const { welcome_message, welcome_messages } = bridge.config.source;
  const plain = (code: string) => code.toLowerCase().replace('_', '-');
  const base = (code: string) => plain(code).split('-')[0];
  const wanted = plain(language(bridge));
  const exact = welcome_messages.find((one) => plain(one.language) === wanted);
  const near = welcome_messages.find((one) => base(one.language) === base(wanted));
  const text = (exact ?? near)?.body ?? welcome_message;
  return text && fillIn(text, { ...bridge.visitor.identity, ...person });
}
