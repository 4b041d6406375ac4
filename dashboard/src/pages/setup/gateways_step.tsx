import { Link } from 'react-router-dom'
import { useObjects } from '@/api/hooks'
import { condition } from '@/api/kube'
import { kGateways } from '@/api/resources'
import { GatewayState } from '@/pages/gateways/gateways'
import { Chip } from '@/ui/badge'
import { Empty, Loading } from '@/ui/states'
import { StepFrame } from './step_frame'

export function GatewaysStep({ onNext, onBack }: { onNext: () => void; onBack: () => void }) {
  const { items, loaded } = useObjects(kGateways)
  const ready = items.some((gateway) => condition(gateway, 'Ready')?.status === 'True')
  return (
    <StepFrame title="Who holds the devices" onNext={onNext} onBack={onBack}>
      {!loaded ? <Loading /> : items.length === 0 ? <Empty title="No gateway yet">It appears here once it runs: <code>wasmbed up</code> starts one, <code>wasmbed gateway --name NAME</code> another.</Empty> : (
        <div className="scroll-x"><table className="plain">
          <thead><tr><th>Gateway</th><th>State</th><th>Devices reach it at</th></tr></thead>
          <tbody>{items.map((gateway) => <tr key={gateway.metadata.name}><td><Link to={`/gateways/${gateway.metadata.name}`}>{gateway.metadata.name}</Link></td><td><GatewayState gateway={gateway} /></td><td>{(gateway.spec.endpoints ?? []).map((endpoint) => <span key={endpoint}><Chip>{endpoint}</Chip> </span>)}</td></tr>)}</tbody>
        </table></div>
      )}
      {loaded && !ready && items.length > 0 && <p className="text-warn">No gateway is ready: devices cannot connect until one is.</p>}
    </StepFrame>
  )
}
