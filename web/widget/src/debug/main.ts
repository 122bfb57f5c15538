import { Toolbar } from './toolbar';

window.__hubbubDebug = (manager) => Toolbar.show(manager);
