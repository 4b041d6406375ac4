import type { Application } from '@/api/types.gen'
import { applicationSegments } from '@/fleet/application_state'
import { rolloutView } from '@/fleet/rollout'
import { Badge } from '@/ui/badge'
import { Card, KeyValues } from '@/ui/page'
import { plural } from '@/ui/quantity'
import { SegmentBar } from '@/ui/segments'
import { TimeAgo } from '@/ui/time'

/** How far the present revision has come, and what the devices report. */
export function RolloutCard({ application }: { application: Application }) {
  const view = rolloutView(application)
  const { status } = application
  const segments = applicationSegments(application)
  return (
    <Card title="Rollout" actions={<Badge tone={view.tone}>{view.text}{view.steps && view.steps > 1 ? `, step ${view.step} of ${view.steps}` : ''}</Badge>}>
      <div className="stack">
        {status?.rollout?.message && <p>{status.rollout.message}</p>}
        <div className="stack" style={{ gap: 6 }}>
          <div className="row"><strong>Devices</strong><span className="dim">{view.ready} of {view.desired} run the target revision or have completed it</span></div>
          <SegmentBar segments={segments} total={view.desired} label="Devices" />
          <div className="legend">
            {segments.filter((segment) => segment.count > 0).map((segment) => <span key={segment.label}><i className={`fill-${segment.tone}`} /><b>{segment.count}</b> {segment.label}</span>)}
          </div>
        </div>
        {view.moved < view.desired && (
          <div className="stack" style={{ gap: 6 }}>
            <div className="row"><strong>Moved to the new revision</strong><span className="dim">{view.moved} of {view.desired}</span></div>
            <SegmentBar segments={[{ tone: 'info', count: view.moved, label: 'moved' }]} total={view.desired} label="Moved" />
          </div>
        )}
        <KeyValues entries={[
          ['Target', status?.rollout?.target && <span className="mono">{status.rollout.target}</span>],
          ['Before', status?.rollout?.stable && status.rollout.stable !== status.rollout.target ? <span className="mono">{status.rollout.stable}</span> : undefined],
          ['This step moves', status?.rollout?.moving !== undefined && view.state !== 'Complete' ? plural(status.rollout.moving, 'device') : undefined],
          ['Began', status?.rollout?.startedAt && <TimeAgo time={status.rollout.startedAt} />],
          ['Healthy since', status?.rollout?.readySince && <TimeAgo time={status.rollout.readySince} />],
        ]} />
      </div>
    </Card>
  )
}
