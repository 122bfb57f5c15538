/** For tests: every text of each language, wherever it lies. */
import actsEn from '../../messages/acts/en.json';
import actsFr from '../../messages/acts/fr.json';
import adminEn from '../../messages/admin/en.json';
import adminFr from '../../messages/admin/fr.json';
import deskEn from '../../messages/en.json';
import deskFr from '../../messages/fr.json';
import ownEn from '../../messages/own/en.json';
import ownFr from '../../messages/own/fr.json';

type Texts = Record<string, string>;

export const en: Texts = { ...deskEn, ...adminEn, ...ownEn, ...actsEn };
export const fr: Texts = { ...deskFr, ...adminFr, ...ownFr, ...actsFr };
export const parts: { desk: Record<string, Texts>; admin: Record<string, Texts>; own: Record<string, Texts>; acts: Record<string, Texts> } = {
  desk: { en: deskEn, fr: deskFr },
  admin: { en: adminEn, fr: adminFr },
  own: { en: ownEn, fr: ownFr },
  acts: { en: actsEn, fr: actsFr },
};
