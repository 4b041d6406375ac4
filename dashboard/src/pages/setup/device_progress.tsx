import { Button } from '@mantine/core'
import { useMemo, useState } from 'react'
import { Link } from 'react-router-dom'
import { useCan, useNamespace, useObjects } from '@/api/hooks'
import { sendJson } from '@/api/http'
import { kDevices } from '@/api/resources'
import type { Device } from '@/api/types.gen'
import { isEmulated, phaseOf, phaseTone } from '@/fleet/device_state'
import { Badge } from '@/ui/badge'
import { CopyButton } from '@/ui/code'
import { toast } from '@/ui/toast'

/** How devices that were just created come up, live. */
export function DeviceProgress({ names }: { names: string[] }) {
  const { items } = useObjects(kDevices)
  const devices = useMemo(() => names.map((name) => items.find((device) => device.metadata.name === name)), [items, names])
  return (
    <div className="scroll-x"><table className="plain">
      <thead><tr><th>Device</th><th>State</th><th>Apps</th><th>Notes</th></tr></thead>
      <tbody>
        {devices.map((device, index) => (
          <tr key={names[index]}>
            <td><Link to={`/devices/${names[index]}`}>{names[index]}</Link></td>
            <td>{device ? <Badge tone={phaseTone(phaseOf(device))}>{phaseOf(device)}</Badge> : <span className="dim">deleted</span>}</td>
            <td>{device?.status?.apps ?? '–'}</td>
            <td>{device && (isEmulated(device) ? <Emulation device={device} /> : !device.status?.identity && <Token device={device} />)}</td>
          </tr>
        ))}
      </tbody>
    </table></div>
  )
}

function Emulation({ device }: { device: Device }) {
  const { state, message } = device.status?.emulation ?? {}
  return <span className={state === 'Failed' ? 'text-bad' : 'dim'}>{state === 'Failed' ? message : state ? `emulator: ${state.toLowerCase()}` : ''}</span>
}

/** The token is in a Secret until it was used; it is fetched when somebody asks for it and not kept. */
function Token({ device }: { device: Device }) {
  const namespace = useNamespace()
  const may = useCan('secrets', 'get')
  const [token, setToken] = useState<string>()
  if (!may) return <span className="dim">An administrator can read its enrollment token.</span>
  const show = () =>
    void sendJson<{ data: { token: string } }>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/enrollment-${device.metadata.uid}`)
      .then((secret) => setToken(secret.data.token), (error: Error) => toast.failed('The token cannot be read', error.message))
  return token ? <span className="row"><code>{token}</code><CopyButton text={token} label="Copy the token" /></span> : <Button size="compact-sm" variant="default" onClick={show}>Show enrollment token</Button>
}
