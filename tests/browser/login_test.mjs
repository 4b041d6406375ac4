// Who gets in, and what they then see.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, kLimitMs } from './browser.mjs'
import { Platform } from './platform.mjs'

let platform
let browser
before(async () => {
  platform = await Platform.start()
  browser = await Browser.start()
})
after(async () => {
  await browser?.stop()
  await platform?.stop()
})

test('the link that `wasmbed up` prints signs in, once', async () => {
  const page = await browser.window(platform)
  await page.goto(platform.loginLink)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  assert.equal(new URL(page.url()).search, '')
  const cookies = await page.context().cookies()
  assert.deepEqual(cookies.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite })), [{ httpOnly: true, sameSite: 'Strict' }])
  assert.equal(await page.evaluate(() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)).then((text) => text.includes('wasmbed-')), false)

  const other = await browser.window(platform)
  await other.goto(platform.loginLink)
  await other.getByText('was used already').waitFor()
})

test('a token signs in, a wrong one is refused with the reason, signing out ends it', async () => {
  const token = await platform.token('maria', 'editor')
  const page = await browser.window(platform)
  await page.goto('/devices')
  await page.getByLabel('Token', { exact: true }).fill('wasmbed-wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('the token is unknown or has expired').waitFor()
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Devices' }).waitFor()
  await page.getByText('maria').waitFor()

  await page.request.delete('/session', { headers: { 'X-Wasmbed': '1' } })
  await page.getByText('Your session has ended').waitFor()
})

test('when the dashboard’s server starts anew, sessions are over and the page says so', async () => {
  const token = await platform.token('nora', 'viewer')
  const page = await browser.windowOf(platform, token)
  await page.goto('/devices')
  await page.getByRole('heading', { name: 'Devices' }).waitFor()
  await platform.kill('web')
  // First that it is disconnected, as long as nobody answers; then that nobody is signed in any more.
  await page.getByText('Your session has ended').waitFor({ timeout: 60_000 })
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Devices' }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/devices')
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
