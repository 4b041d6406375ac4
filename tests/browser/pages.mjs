// Every page of the dashboard, with something to see on each: the accessibility scan and the screenshots go through them.

/** A platform with devices and apps in several states. */
export async function furnish(platform) {
  await platform.patch('gateway', 'default', { spec: { heartbeatSeconds: 2 } })
  await platform.addDevice('board-1', 'mps2-an385', { quickstart: 'true', site: 'lab' })
  for (const name of ['sim-1', 'sim-2']) await platform.addDevice(name, 'sim', { site: 'hall' })
  await platform.addApplication('blink', { all: true }, { permissions: ['led:0'] })
  await platform.addApplication('hello', { selector: { matchLabels: { site: 'lab' } } }, { restart: { policy: 'OnFailure' } })
  await platform.wasmbed('device', 'power', 'off', 'sim-2')
  await platform.waitFor('the apps to run', async () => {
    const [blink, hello] = [await platform.get('application', 'blink'), await platform.get('application', 'hello')]
    return blink.status?.running === 2 && hello.status?.completed === 1
  })
}

/** `ready`: what shows that the page has its content. `viewer: false`: a page for changing something. */
export const kPages = [
  { name: 'overview', path: '/', ready: (page) => page.getByRole('heading', { name: 'Overview' }) },
  { name: 'devices', path: '/devices', ready: (page) => page.getByRole('link', { name: 'sim-2', exact: true }) },
  { name: 'device', path: '/devices/board-1', ready: (page) => page.getByRole('row', { name: /blink/ }).first() },
  { name: 'device-logs', path: '/devices/board-1/logs', ready: (page) => page.getByText(/blink \d+/).first() },
  { name: 'device-console', path: '/devices/board-1/console', ready: (page) => page.getByText(/entropy ready/).first() },
  { name: 'device-board', path: '/devices/board-1/board', ready: (page) => page.getByText(/LED/).first() },
  { name: 'device-certificate', path: '/devices/board-1/certificate', ready: (page) => page.getByRole('tab', { name: 'Certificate', selected: true }) },
  { name: 'device-events', path: '/devices/board-1/events', ready: (page) => page.getByRole('tab', { name: 'Events', selected: true }) },
  { name: 'device-yaml', path: '/devices/board-1/yaml', ready: (page) => page.getByText('kind: Device').first() },
  { name: 'applications', path: '/applications', ready: (page) => page.getByRole('link', { name: 'blink', exact: true }) },
  { name: 'gateways', path: '/gateways', ready: (page) => page.getByRole('link', { name: 'default', exact: true }).first() },
  { name: 'gateway', path: '/gateways/default', ready: (page) => page.getByRole('heading', { name: 'default' }).first() },
  { name: 'monitoring', path: '/monitoring', ready: (page) => page.getByRole('heading', { name: 'Monitoring' }) },
  { name: 'terminal', path: '/terminal', ready: (page) => page.getByRole('heading', { name: 'Terminal' }) },
  { name: 'monitoring-logs', path: '/monitoring/logs', ready: (page) => page.getByText(/blink \d+/).first() },
  { name: 'monitoring-platform', path: '/monitoring/platform', ready: (page) => page.getByText(/ready/).first() },
  { name: 'topology', path: '/topology', ready: (page) => page.getByRole('img', { name: /^Picture of/ }) },
  { name: 'setup', viewer: false, path: '/setup', ready: (page) => page.getByText('Boards that can be emulated here') },
  { name: 'setup-devices', viewer: false, path: '/setup?step=devices', ready: (page) => page.getByRole('button', { name: /^Create \d+ devices?$/ }) },
  { name: 'deploy', viewer: false, path: '/applications/new', ready: (page) => page.getByRole('group', { name: 'Templates' }) },
  { name: 'application', path: '/applications/blink', ready: (page) => page.getByRole('heading', { name: 'Conditions' }) },
  { name: 'application-devices', path: '/applications/blink/devices', ready: (page) => page.getByRole('link', { name: 'board-1', exact: true }).first() },
  { name: 'application-edit', viewer: false, path: '/applications/blink/edit', ready: (page) => page.getByRole('button', { name: 'Roll out' }) },
  { name: 'application-revisions', path: '/applications/blink/revisions', ready: (page) => page.getByRole('tab', { name: /^Revisions/, selected: true }) },
]
