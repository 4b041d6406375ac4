// Pictures of the dashboard: `node tests/browser/screenshots.mjs` makes those that docs/guides/dashboard.md shows, anew;
// with a folder, every page in three looks into that.
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Browser } from './browser.mjs'
import { furnish, kPages } from './pages.mjs'
import { kRoot, Platform } from './platform.mjs'

const kLooks = [
  { suffix: '', options: {} },
  { suffix: '-dark', options: { colorScheme: 'dark' } },
  { suffix: '-phone', options: { viewport: { width: 390, height: 844 } } },
]

/** Of a chart, ten seconds apart. */
const kSamples = 9

const guides = path.join(kRoot, 'docs/guides')
const folder = process.argv[2] ? path.resolve(process.argv[2]) : path.join(guides, 'images')
const shown = process.argv[2] ? undefined : await readFile(path.join(guides, 'dashboard.md'), 'utf8')
const wanted = (file) => shown?.includes(`images/${file}`) ?? true

await mkdir(folder, { recursive: true })
const platform = await Platform.start()
const browser = await Browser.start()
try {
  await furnish(platform)
  const token = await platform.token('admin', 'admin')
  const probe = await browser.windowOf(platform, token)
  await platform.waitFor('enough samples for a line', async () => {
    const { series } = await (await probe.request.get('/metrics/series?name=wasmbed_gateway_sessions&from=-600&points=60')).json()
    return series[0].values.filter((value) => value !== null).length >= kSamples
  }, 300_000)
  for (const { suffix, options } of kLooks) {
    const page = await browser.windowOf(platform, token, { viewport: { width: 1280, height: 800 }, ...options })
    for (const { name, path: address, ready } of kPages) {
      const file = `${name}${suffix}.png`
      if (!wanted(file)) continue
      await page.goto(address)
      await ready(page).waitFor()
      await page.waitForLoadState('networkidle').catch(() => {}) // charts and pictures; a page that follows something is never idle
      await page.screenshot({ path: path.join(folder, file) })
    }
  }
} finally {
  await browser.stop()
  await platform.stop()
}
console.log(`pictures in ${folder}`)
