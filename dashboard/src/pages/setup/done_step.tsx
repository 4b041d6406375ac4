import { Button } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { Link } from 'react-router-dom'
import { useObjects } from '@/api/hooks'
import { kApplications } from '@/api/resources'
import { applicationPhase, applicationSegments, applicationTone } from '@/fleet/application_state'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/page'
import { SegmentBar } from '@/ui/segments'
import { Empty } from '@/ui/states'
import { DeviceProgress } from './device_progress'
import type { Made } from './setup'
import { StepFrame } from './step_frame'

const MadeYaml = lazy(() => import('./made_yaml'))

/** What this run made, live, with links and as YAML. */
export function DoneStep({ made, onBack }: { made: Made; onBack: () => void }) {
  const nothing = made.devices.length === 0 && made.applications.length === 0
  return (
    <div className="stack-lg">
      <StepFrame title="What was made" onBack={onBack} actions={<Button component={Link} to="/">To the overview</Button>}>
        {nothing && <Empty title="Nothing was made this time">The steps before this one create devices and an application.</Empty>}
        {made.applications.map((name) => <ApplicationLine key={name} name={name} />)}
      </StepFrame>
      {made.devices.length > 0 && <Card title="Devices" flush><DeviceProgress names={made.devices} /></Card>}
      {!nothing && <Card title="The same as YAML"><Suspense><MadeYaml made={made} /></Suspense></Card>}
    </div>
  )
}

function ApplicationLine({ name }: { name: string }) {
  const { items } = useObjects(kApplications)
  const application = items.find((entry) => entry.metadata.name === name)
  if (!application) return <p><Link to={`/applications/${name}`}>{name}</Link></p>
  return (
    <div className="stack">
      <div className="row"><Link to={`/applications/${name}`}><strong>{name}</strong></Link><Badge tone={applicationTone(application)}>{applicationPhase(application)}</Badge><span className="dim">{application.status?.ready ?? 0} of {application.status?.desired ?? 0} devices</span><Link to={`/applications/${name}/logs`}>its logs</Link></div>
      <SegmentBar segments={applicationSegments(application)} total={application.status?.desired ?? 0} label={`Devices of ${name}`} />
    </div>
  )
}
