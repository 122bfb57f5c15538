import { Manager } from './manager';

window.__hubbubManager = (bridge) => new Manager(bridge);
