import react from '@vitejs/plugin-react'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { defineConfig } from 'vitest/config'

// `npm run dev` serves the sources and passes the rest on to a running `wasmbed web` (WASMBED_WEB, default http://127.0.0.1:30470).
const web = process.env.WASMBED_WEB ?? 'http://127.0.0.1:30470'
const passed = ['/session', '/login', '/login-codes', '/api', '/apis', '/version', '/gateways/', '/emulator', '/streams', '/metrics/', '/terminal/complete', '/system']
const isPage = (accept: string | undefined) => accept?.includes('text/html') ?? false

const outDir = fileURLToPath(new URL('../build/dashboard', import.meta.url))

/** `x.gz` beside each text file: `wasmbed web` sends those to browsers that take them. index.html is filled in at each request. */
const compressed = {
  name: 'compressed',
  apply: 'build' as const,
  closeBundle() {
    for (const name of readdirSync(outDir, { recursive: true }) as string[])
      if (/\.(js|css|svg)$/.test(name)) writeFileSync(join(outDir, `${name}.gz`), gzipSync(readFileSync(join(outDir, name)), { level: 9 }))
  },
}

export default defineConfig({
  plugins: [react(), compressed],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // An inlined asset would be a data: URL, which the content security policy refuses for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(
      [...passed, '/terminal'].map((path) => [
        path,
        {
          target: web,
          ws: path === '/streams',
          changeOrigin: true,
          // The server checks that writes come from its own page; in development the page is served from here.
          headers: { origin: web },
          bypass: (request: { headers: { accept?: string }; url?: string }) => (isPage(request.headers.accept) && path !== '/login' ? request.url : undefined),
        },
      ]),
    ),
  },
  test: { environment: 'node', include: ['src/**/*_test.ts', 'src/**/*_test.tsx'] },
})
