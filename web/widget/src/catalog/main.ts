import { Items } from './items';

window.__hubbubCatalog = (manager) => new Items(manager);
