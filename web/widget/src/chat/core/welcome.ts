import { fillIn } from '../../shared/fill';
import { nearest, plain } from '../../shared/locale';
import { type Spoken, told, tellers } from '../../shared/told';
import type { Source } from '../../shared/types';

type Greeting = Spoken & { config: { source: Pick<Source, 'welcome_message' | 'welcome_messages'> } };

/**
 * The welcome in the first of the visitor's languages that has one, or in a near one (`pt` for `pt-BR`), else the one for all
 * languages; with the language by which the server finds it.
 */
export function welcomeOf(bridge: Greeting, person: Record<string, string>): { welcome: string; body: string } {
  const { welcome_message, welcome_messages } = bridge.config.source;
  const wanted = tellers(bridge).map(plain);
  const code = nearest(welcome_messages.map(({ language }) => language), wanted);
  const text = welcome_messages.find(({ language }) => language === code)?.body ?? welcome_message;
  return { welcome: code ?? told(bridge), body: text ? fillIn(text, { ...bridge.visitor.identity, ...person }) : '' };
}
