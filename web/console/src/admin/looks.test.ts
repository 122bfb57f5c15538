import { expect, it } from 'vitest';
import en from '../../messages/admin/en.json';
import { builtIn, keysOf, placeOf } from './looks';

it('says of each text of the chat where it stands', async () => {
  const words = await builtIn('pl');
  const place = (key: string) => placeOf(key, words);
  const places = keysOf('pl', words.own, words.english, {}).map(place);
  expect(places.filter((one) => !(one in en) || one === 'looks.at.nowhere')).toEqual([]);
  expect(['default_title', 'you_colon', 'hubbub.unread.few', 'hubbub.today', 'hubbub.why_blank'].map(place)).toEqual([
    'looks.at.title', 'looks.at.list', 'looks.at.conversation', 'looks.at.conversation', 'looks.at.refused',
  ]);
  expect(place('cobrowsing.request_message.body')).toBe('looks.at.nowhere');
});
