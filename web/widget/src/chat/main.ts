import type { Bridge, Chat } from '../shared/types';
import { App } from './app';
import { forEarlier } from './earlier';
import { speak } from './speak';

/** English is in here; what else is spoken comes when it is. */
const make = async (bridge: Bridge): Promise<Chat | undefined> => {
  const { root } = bridge;
  const t = await speak(bridge);
  // Its place may have gone meanwhile.
  return bridge.root === root ? new App(bridge, t) : undefined;
};

window.__hubbubChat = (bridge) => ('script' in bridge ? make(bridge) : (forEarlier(bridge, make) as never));
