import { defineConfig } from 'vite';

export default defineConfig({
  // Not `localhost`: the origins of the server's ALLOWED_ORIGINS name this host.
  server: { host: '127.0.0.1', port: 4173, strictPort: true, fs: { allow: ['.', '../../public/js'] } },
  preview: { host: '127.0.0.1', port: 4173, strictPort: true },
});
