import { useMemo } from 'react'
import { Link } from 'react-router-dom'
import { useObjects } from '@/api/hooks'
import { kDevices } from '@/api/resources'
import type { Application } from '@/api/types.gen'
import { groupFailures } from '@/fleet/failures'
import { Card } from '@/ui/page'

/** Failures by reason: a thousand devices with one cause are one line. */
export function Failures({ application }: { application: Application }) {
  const { items: devices } = useObjects(kDevices)
  const groups = useMemo(() => groupFailures(devices, application.metadata.uid ?? ''), [devices, application.metadata.uid])
  if (groups.length === 0) return null
  return (
    <Card title="Failures" flush>
      <div className="scroll-x" tabIndex={0}><table className="plain">
        <thead><tr><th>Reason</th><th className="num">Devices</th><th>What they say</th><th>Where</th></tr></thead>
        <tbody>
          {groups.map((group) => (
            <tr key={group.reason}>
              <td><strong className="text-bad">{group.reason}</strong></td>
              <td className="num">{group.devices.length}</td>
              <td>{group.detail || <span className="dim">–</span>}</td>
              <td>{group.devices.slice(0, 5).map((name, index) => <span key={name}>{index > 0 && ', '}<Link to={`/devices/${name}`}>{name}</Link></span>)}{group.devices.length > 5 && ` and ${group.devices.length - 5} more`}</td>
            </tr>
          ))}
        </tbody>
      </table></div>
    </Card>
  )
}
