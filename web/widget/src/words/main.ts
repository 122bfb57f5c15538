/** Everything that is said in another language than the English that is built in, or in words of a site's own. */
import { speak, title } from './speak';

window.__hubbubWords = Object.assign(speak, { title });
