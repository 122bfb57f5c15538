import { told } from '../shared/told';
import type { Bridge } from '../shared/types';
import { type Words, words } from './i18n';

/** The texts in the visitor's language. English as it is built in is in here; all else is for a script that fetches it. */
export async function speak(bridge: Bridge): Promise<Words> {
  const region = told(bridge);
  if (!/^en\b/.test(region) || bridge.translations?.length || bridge.config.texts?.english) {
    return (await bridge.script('words', () => window.__hubbubWords))(bridge, words);
  }
  return words({ region });
}
