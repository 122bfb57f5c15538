import { get, request } from './http';

/** One's own picture, which visitors see. */
export const picture = {
  get: () => get('/console/profile/picture'),
  keep(file: File) {
    const form = new FormData();
    form.append('file', file, file.name);
    return request('PUT', '/console/profile/picture', { form });
  },
  remove: () => request('DELETE', '/console/profile/picture'),
};
