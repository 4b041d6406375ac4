// Figures of the dashboard, one JSON row a line: `node measure.mjs DEVICES`.
import { Browser } from '../../tests/browser/browser.mjs'
import { Platform } from '../../tests/browser/platform.mjs'

const kDevices = Number(process.argv[2] ?? 10_000)
const kLoads = 7
const kChanges = 30
const kFrames = 200
const kParallel = 8
const kSlowMs = 300_000
const kPath = '/apis/wasmbed.io/v1alpha1/namespaces/wasmbed/devices'

const row = (figure, value, target = '') => console.log(JSON.stringify({ figure, value, target, beside: '' }))
const say = (text) => console.error(text)
const share = (values, percent) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.ceil((values.length * percent) / 100) - 1)]
const ms = (value) => `${Math.round(value)} ms`

const platform = await Platform.start()
const browser = await Browser.start()
try {
  const token = await platform.token('ada', 'admin')
  const page = await browser.windowOf(platform, token)
  page.setDefaultTimeout(kSlowMs)
  await platform.addDevice('sim-1')
  await firstLoad(page)
  await liveUpdate(page)
  say(`making ${kDevices} devices`)
  await makeDevices(page)
  await table(page)
  await topology(page)
} finally {
  await browser.stop()
  await platform.stop()
}

async function firstLoad(page) {
  let bytes = 0
  const count = async (response) => (bytes += Number((await response.allHeaders())['content-length'] ?? 0))
  page.on('response', count)
  await page.goto('/', { waitUntil: 'load' })
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  page.off('response', count)
  row('first load, transferred with what the overview asks for', `${Math.round(bytes / 1024)} KB`, '<= 350 KB')
  const paints = []
  for (let load = 0; load < kLoads; load++) {
    await page.reload()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    paints.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime))
  }
  row(`first paint on loopback, median and most of ${kLoads} loads`, `${ms(share(paints, 50))}, ${ms(Math.max(...paints))}`, '<= 1000 ms')
}

/** From the answer to a write until the page shows it. */
async function liveUpdate(page) {
  await page.goto('/devices')
  await page.getByRole('row', { name: /sim-1/ }).waitFor()
  const delays = []
  for (let change = 0; change < kChanges; change++) {
    delays.push(await page.evaluate(async ([path, text]) => {
      const shown = new Promise((resolve) => {
        const look = () => document.querySelector('[role=table]').textContent.includes(text) && (observer.disconnect(), resolve(performance.now()))
        const observer = new MutationObserver(look)
        observer.observe(document.body, { subtree: true, childList: true, characterData: true })
      })
      await fetch(path, { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json', 'X-Wasmbed': '1' }, body: JSON.stringify({ metadata: { labels: { change: text } } }) })
      const answered = performance.now()
      return (await shown) - answered
    }, [`${kPath}/sim-1`, `c${change}x`]))
  }
  row('a change of an object, answered to shown in the table, median and 95 %', `${ms(share(delays, 50))}, ${ms(share(delays, 95))}`, '<= 300 ms')
}

async function makeDevices(page) {
  await page.evaluate(async ([path, count, parallel]) => {
    let next = 2
    const worker = async () => {
      for (let index = next++; index <= count; index = next++) {
        const device = { apiVersion: 'wasmbed.io/v1alpha1', kind: 'Device', metadata: { name: `sensor-${index}`, labels: { site: `hall-${index % 7}`, tier: String(index % 3) } }, spec: { board: index % 2 ? 'sim' : 'mps2-an385' } }
        await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Wasmbed': '1' }, body: JSON.stringify(device) })
      }
    }
    await Promise.all(Array.from({ length: parallel }, worker))
  }, [kPath, kDevices, kParallel])
  // The controller has made a token for each: what is measured next is the page, not the controller at work.
  const settled = async () => Number((await (await page.request.get('/metrics/series?name=workqueue_depth&from=-30')).json()).series.reduce((sum, { values }) => sum + (values.at(-1) ?? values.at(-2) ?? 0), 0)) === 0
  await platform.waitFor('the controller to have nothing left to do', async () => (await new Promise((resolve) => setTimeout(resolve, 2000)), settled()), kSlowMs)
}

async function table(page) {
  await page.goto('about:blank')
  const began = Date.now()
  await page.goto('/devices')
  await page.locator('[role=row][aria-rowindex="2"]').waitFor()
  const first = Date.now() - began
  await page.waitForFunction((count) => Number(document.querySelector('[role=table]')?.getAttribute('aria-rowcount')) === count + 1, kDevices)
  row(`table of ${kDevices} devices: first rows, all rows`, `${ms(first)}, ${ms(Date.now() - began)}`)
  const developer = await page.context().newCDPSession(page)
  await developer.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async () => (await developer.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000
  const before = await busy()
  const frames = await page.evaluate((count) => new Promise((done) => {
    const box = document.querySelector('.table-wrap')
    const gaps = []
    let last = performance.now()
    const step = (now) => {
      gaps.push(now - last)
      last = now
      box.scrollTop += 400
      if (gaps.length <= count) requestAnimationFrame(step)
      else done(gaps.slice(1))
    }
    requestAnimationFrame(step)
  }), kFrames)
  row('scrolling it by 400 pixels a frame: median, 95 %, longest frame', [50, 95, 100].map((part) => ms(share(frames, part))).join(', '), 'longest <= 100 ms')
  row('processor time of the page for each such frame, mean', `${(((await busy()) - before) / kFrames).toFixed(1)} ms`, '<= 16 ms')
  const typed = Date.now()
  await page.getByPlaceholder(/^Name, board/).fill('sensor-99')
  await page.waitForFunction((count) => Number(document.querySelector('[role=table]')?.getAttribute('aria-rowcount')) < count / 10, kDevices)
  row('filtering it by text', ms(Date.now() - typed))
}

async function topology(page) {
  const began = Date.now()
  await page.goto('/topology')
  await page.getByRole('img', { name: /^Picture of/ }).waitFor()
  row(`topology of ${kDevices} devices`, ms(Date.now() - began))
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/topology-${kDevices}.png` })
}
