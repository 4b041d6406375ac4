// A new user, an empty platform, no documentation: from the overview through the setup to a program on two boards.
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
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

test('the setup ends with an app that runs on two boards', async () => {
  const page = await browser.window(platform)
  const button = (name) => page.getByRole('button', { name, exact: true })
  await page.goto(platform.loginLink)
  await page.getByRole('link', { name: 'Set up the first ones' }).click()

  await page.getByRole('heading', { name: 'What is there' }).waitFor()
  await page.getByText('mps2-an385', { exact: true }).waitFor()
  await button('Next').click()

  await page.getByRole('row', { name: /default/ }).getByText('Ready').waitFor()
  await button('Next').click()

  await button('Create 2 devices').click()
  for (const name of ['board-1', 'board-2']) await page.getByRole('row', { name: new RegExp(name) }).getByText('Connected').waitFor({ timeout: 60_000 })
  await button('Next').click()

  await page.getByRole('group', { name: 'Templates' }).getByRole('button', { name: /Blink/ }).click()
  await page.getByText('2 devices match now').waitFor()
  await button('Deploy').click()

  await page.getByRole('heading', { name: 'What was made' }).waitFor()
  await page.getByText(/2 of 2/).first().waitFor({ timeout: 60_000 })
  await page.getByText('kind: Application').first().waitFor()
  await platform.waitFor('blink to run', async () => (await platform.get('application', 'blink')).status.running === 2)
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
