import french from '../../messages/fr.json';

window.__hubbubFrench = french;
