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

test('a viewer is offered nothing that would be refused, and the server refuses it all the same', async () => {
  await platform.addDevice('sim-1')
  const page = await browser.windowOf(platform, await platform.token('victor', 'viewer'))
  await page.goto('/devices/sim-1')
  await page.getByRole('heading', { name: 'sim-1' }).waitFor()
  const actions = page.getByRole('button', { name: 'Actions' })
  if (await actions.isVisible()) {
    await actions.click()
    const remove = page.getByRole('menuitem', { name: /Delete/ })
    if (await remove.count()) assert.equal(await remove.isDisabled(), true)
  }
  const answer = await page.request.delete('/apis/wasmbed.io/v1alpha1/namespaces/wasmbed/devices/sim-1', { headers: { 'X-Wasmbed': '1' } })
  assert.equal(answer.status(), 403)
  assert.equal((await platform.get('device', 'sim-1')).metadata.name, 'sim-1')
})

test('another page cannot use the session', async () => {
  const page = await browser.windowOf(platform, await platform.token('carla', 'admin'))
  const path = '/apis/wasmbed.io/v1alpha1/namespaces/wasmbed/devices/sim-1'
  for (const headers of [{}, { 'X-Wasmbed': '1', Origin: 'http://127.0.0.1:1' }, { 'X-Wasmbed': '1', Host: 'evil.example' }]) {
    const answer = await page.request.delete(path, { headers })
    assert.ok([403, 421].includes(answer.status()), `${JSON.stringify(headers)}: ${answer.status()}`)
  }
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
