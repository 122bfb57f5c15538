import type { Bridge, Chat } from '../shared/types';
import { App } from './app';
import { forEarlier } from './earlier';

/** English is in here; what else is spoken comes when it is. */
const make = async (bridge: Bridge): Promise<Chat> => {
  if (bridge.locale === 'fr') await bridge.script('fr', () => window.__hubbubFrench);
  return new App(bridge);
};

window.__hubbubChat = (bridge) => ('script' in bridge ? make(bridge) : (forEarlier(bridge, make) as never));
