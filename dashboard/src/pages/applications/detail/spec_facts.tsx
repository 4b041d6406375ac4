import { useMemo } from 'react'
import { bytesOfBase64 } from '@/api/stream_hub'
import type { Application } from '@/api/types.gen'
import { targetText } from '@/fleet/label_selector'
import { permissionText } from '@/fleet/permissions'
import { Chip } from '@/ui/badge'
import { Card, KeyValues } from '@/ui/page'
import { bytesText, plural } from '@/ui/quantity'
import { TimeAgo } from '@/ui/time'
import { useModuleInfo } from '../deploy/module_picker'

const kRestart = { Always: 'always', OnFailure: 'when it failed', Never: 'never' }

/** What is asked for. */
export function SpecFacts({ application }: { application: Application }) {
  const { spec } = application
  const module = useMemo(() => bytesOfBase64(spec.module.inline), [spec.module.inline])
  const reading = useModuleInfo(module)
  const memory = reading && 'info' in reading ? reading.info.memory : undefined
  return (
    <div className="stack-lg">
      <Card title="What runs">
        <KeyValues entries={[
          ['Module', bytesText(module.length)],
          ['Memory', spec.limits?.memory !== undefined ? `at most ${bytesText(spec.limits.memory)}` : memory ? `${bytesText(memory.minBytes)} (as declared)` : 'none'],
          ['Stack', spec.limits?.stack !== undefined ? bytesText(spec.limits.stack) : undefined],
          ['Fuel', spec.limits?.fuelPerSecond !== undefined ? `${spec.limits.fuelPerSecond} per second` : 'unlimited, shared fairly'],
          ['Storage', spec.limits?.storage !== undefined ? bytesText(spec.limits.storage) : undefined],
          ['Started again', kRestart[spec.restart?.policy ?? 'Always']],
          ['Arguments', spec.config?.args?.map((arg, index) => <span key={index}><Chip>{arg}</Chip> </span>)],
          ['Environment', spec.config?.env && Object.entries(spec.config.env).map(([key, value]) => <span key={key}><Chip>{key}={value}</Chip> </span>)],
          ['Created', <TimeAgo time={application.metadata.creationTimestamp} />],
        ]} />
      </Card>
      <Card title="Runs on"><p>{targetText(spec.target)}</p><p className="dim">{plural(application.status?.desired ?? 0, 'device')} now</p></Card>
      <Card title="It may">
        {spec.permissions?.length ? <ul style={{ margin: 0, paddingLeft: 18 }}>{spec.permissions.map((permission) => <li key={permission}>{permissionText(permission)} <Chip>{permission}</Chip></li>)}</ul> : <p className="dim">Nothing beyond computing, logging, sleeping and asking the time.</p>}
      </Card>
    </div>
  )
}
