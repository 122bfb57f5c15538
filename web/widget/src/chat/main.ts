import { App } from './app';

/** English is in here; what else is spoken comes when it is. */
window.__hubbubChat = async (bridge) => {
  if (bridge.locale === 'fr') await bridge.script('fr', () => window.__hubbubFrench);
  return new App(bridge);
};
