import { App } from './app';

window.__hubbubChat = (bridge) => new App(bridge);
