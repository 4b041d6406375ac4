// axe finds nothing on any page, light or dark, wide or narrow; and every page can be seen whole.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, violations } from './browser.mjs'
import { furnish, kPages } from './pages.mjs'
import { Platform } from './platform.mjs'

let platform
let browser
let token
before(async () => {
  platform = await Platform.start()
  browser = await Browser.start()
  token = await platform.token('ada', 'admin')
  await furnish(platform)
})
after(async () => {
  await browser?.stop()
  await platform?.stop()
})

const kLooks = {
  'light, 1280 pixels': { colorScheme: 'light' },
  'dark, the width of a phone': { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
}

for (const [look, options] of Object.entries(kLooks)) {
  test(`every page, ${look}`, async () => {
    const page = await browser.windowOf(platform, token, options)
    const found = []
    for (const { name, path, ready } of kPages) {
      await page.goto(path)
      await ready(page).waitFor()
      found.push(...(await violations(page)).map((violation) => `${name}: ${violation}`))
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      if (overflow > 0) found.push(`${name}: ${overflow} pixels wider than the window`)
    }
    assert.deepEqual(found, [])
  })
}

test('the login page', async () => {
  const page = await browser.window(platform)
  await page.goto('/')
  await page.getByLabel('Token', { exact: true }).waitFor()
  assert.deepEqual(await violations(page), [])
})

test('the bundle that the first page loads has at most 350 KB', async () => {
  const page = await browser.windowOf(platform, token)
  let bytes = 0
  page.on('response', async (response) => {
    if (/\.(js|css|html)$|\/$/.test(new URL(response.url()).pathname)) bytes += Number((await response.allHeaders())['content-length'] ?? 0)
  })
  await page.goto('/', { waitUntil: 'networkidle' })
  assert.ok(bytes > 50_000 && bytes <= 350 * 1024, `${bytes} bytes`)
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
