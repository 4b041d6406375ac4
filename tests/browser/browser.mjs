// Debian's Chromium, driven by Playwright, and what every test does with a page.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import path from 'node:path'
import { kRoot } from './platform.mjs'

// The packages are the dashboard's: one lock file for both.
const require = createRequire(path.join(kRoot, 'dashboard/package.json'))
const { chromium } = require('playwright-core')
const kAxe = require.resolve('axe-core/axe.min.js')

export const kLimitMs = 20_000

/** What a window says to the browser's console is an error of ours, except that a refused request is logged there. */
const kExpectedErrors = /Failed to load resource|WebSocket connection to/

export class Browser {
  static async start() {
    return new Browser(await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] }))
  }

  constructor(browser) {
    this.browser = browser
    this.errors = []
  }

  stop() {
    return this.browser.close()
  }

  /** A window of its own: other cookies, other storage. */
  async window(platform, options = {}) {
    const context = await this.browser.newContext({ baseURL: platform.url, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', bypassCSP: false, ...options })
    context.setDefaultTimeout(kLimitMs)
    const page = await context.newPage()
    page.on('pageerror', (error) => this.errors.push(`${page.url()}: ${error}`))
    page.on('console', (message) => message.type() === 'error' && !kExpectedErrors.test(message.text()) && this.errors.push(`${page.url()}: ${message.text()}`))
    return page
  }

  /** A window in which the user of `token` is logged in. */
  async windowOf(platform, token, options = {}) {
    const page = await this.window(platform, options)
    const answer = await page.request.post('/session', { data: { token }, headers: { 'X-Wasmbed': '1' } })
    assert.equal(answer.status(), 200, await answer.text())
    return page
  }

  /** Fails with what scripts threw and what the policy refused, in any window so far. */
  assertNoErrors() {
    assert.deepEqual(this.errors, [])
  }
}

/** What axe finds on the page as it is: WCAG 2.1 A and AA. */
export async function violations(page) {
  // Half a transition has colours of its own.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished)))
  // By the debugger's protocol: the content security policy lets no other script in.
  await page.evaluate(await (await import('node:fs/promises')).readFile(kAxe, 'utf8'))
  const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }))
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => `${node.html} (${[...node.any, ...node.all].map(({ message }) => message).join(', ')})`).join('; ')}`)
}
