// Pictures of every page into a folder: node tests/browser/screenshots.mjs [FOLDER] (docs/guides/images when none is given).
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { Browser } from './browser.mjs'
import { furnish, kPages } from './pages.mjs'
import { kRoot, Platform } from './platform.mjs'

const folder = path.resolve(process.argv[2] ?? path.join(kRoot, 'docs/guides/images'))
const kShots = [{ suffix: '', options: {} }, { suffix: '-dark', options: { colorScheme: 'dark' }, only: ['overview'] }, { suffix: '-phone', options: { viewport: { width: 390, height: 844 } }, only: ['devices'] }]

await mkdir(folder, { recursive: true })
const platform = await Platform.start()
const browser = await Browser.start()
try {
  await furnish(platform)
  const token = await platform.token('admin', 'admin')
  for (const { suffix, options, only } of kShots) {
    const page = await browser.windowOf(platform, token, { viewport: { width: 1280, height: 800 }, ...options })
    for (const { name, path: address, ready } of kPages.filter((entry) => only?.includes(entry.name) ?? true)) {
      await page.goto(address)
      await ready(page).waitFor()
      await page.evaluate(() => document.fonts.ready)
      await page.screenshot({ path: path.join(folder, `${name}${suffix}.png`) })
    }
  }
} finally {
  await browser.stop()
  await platform.stop()
}
console.log(`pictures in ${folder}`)
