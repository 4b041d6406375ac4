// All applications, with how far each is.
import { Button, TextInput } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useMemo } from 'react'
import { Link } from 'react-router-dom'
import { useCan, useObjects } from '@/api/hooks'
import { kApplications } from '@/api/resources'
import type { Application } from '@/api/types.gen'
import { applicationPhase, applicationSegments, applicationTone } from '@/fleet/application_state'
import { targetText } from '@/fleet/label_selector'
import { rolloutView } from '@/fleet/rollout'
import { Badge } from '@/ui/badge'
import { type Column, DataTable, parseSort, sortText } from '@/ui/data_table'
import { PageHead } from '@/ui/page'
import { SegmentBar } from '@/ui/segments'
import { Empty, Failed, Loading } from '@/ui/states'
import { TimeAgo } from '@/ui/time'
import { useUrlText } from '@/ui/url_state'

function RolloutCell({ application }: { application: Application }) {
  const view = rolloutView(application)
  if (!application.status?.rollout) return <span className="dim">–</span>
  const step = view.steps && view.steps > 1 && view.state !== 'Complete' ? ` ${view.step}/${view.steps}` : ''
  return <Badge tone={view.tone} title={application.status.rollout.message}>{view.text}{step}</Badge>
}

const kColumns: Column<Application>[] = [
  { id: 'name', title: 'Name', width: 'minmax(140px, 1.4fr)', sortBy: (app) => app.metadata.name, render: (app) => <Link to={`/applications/${app.metadata.name}`}><strong>{app.metadata.name}</strong></Link> },
  { id: 'state', title: 'State', width: 'minmax(132px, 1fr)', sortBy: applicationPhase, render: (app) => <Badge tone={applicationTone(app)}>{app.metadata.deletionTimestamp ? 'Deleting' : applicationPhase(app)}</Badge> },
  { id: 'devices', title: 'Devices', width: 'minmax(170px, 1.6fr)', sortBy: (app) => app.status?.desired ?? 0, render: (app) => (
    <div className="row" style={{ flexWrap: 'nowrap' }}>
      <div className="grow"><SegmentBar segments={applicationSegments(app)} total={app.status?.desired ?? 0} label={`Devices of ${app.metadata.name}`} /></div>
      <span className="nowrap">{app.status?.ready ?? 0}/{app.status?.desired ?? 0}</span>
    </div>
  ) },
  { id: 'failed', title: 'Failed', width: 'minmax(70px, 0.5fr)', numeric: true, sortBy: (app) => app.status?.failed ?? 0, render: (app) => (app.status?.failed ? <strong className="text-bad">{app.status.failed}</strong> : <span className="dim">0</span>) },
  { id: 'rollout', title: 'Rollout', width: 'minmax(140px, 1fr)', sortBy: (app) => rolloutView(app).state, render: (app) => <RolloutCell application={app} /> },
  { id: 'target', title: 'Runs on', width: 'minmax(140px, 1.6fr)', render: (app) => targetText(app.spec.target) },
  { id: 'age', title: 'Created', width: 'minmax(110px, 0.7fr)', sortBy: (app) => app.metadata.creationTimestamp, render: (app) => <TimeAgo time={app.metadata.creationTimestamp} /> },
]

export default function Applications() {
  const { items, loaded, problem } = useObjects(kApplications)
  const [text, setText] = useUrlText('q')
  const [phase, setPhase] = useUrlText('phase')
  const [sort, setSort] = useUrlText('sort', 'name')
  const mayCreate = useCan('applications', 'create')
  const rows = useMemo(() => {
    const wanted = text.toLowerCase()
    return items.filter((app) => (phase === '' || applicationPhase(app) === phase) && app.metadata.name.toLowerCase().includes(wanted))
  }, [items, text, phase])
  if (!loaded && problem) return <Failed what="The applications cannot be read" message={problem} />
  if (!loaded) return <Loading what="Loading applications" />
  const deploy = mayCreate && <Button component={Link} to="/applications/new" leftSection={<IconPlus size={16} aria-hidden="true" />}>Deploy</Button>
  const clear = () => (phase ? setPhase('') : setText(''))
  return (
    <>
      <PageHead title="Applications" subtitle={`${items.length} in this namespace`} actions={deploy} />
      <div className="stack">
        <search className="row">
          <TextInput aria-label="Search applications" placeholder="Name…" leftSection={<IconSearch size={15} aria-hidden="true" />} value={text} onChange={(event) => setText(event.currentTarget.value)} w={210} />
          {phase && <Button variant="subtle" onClick={() => setPhase('')}>State: {phase} ✕</Button>}
        </search>
        <DataTable label="Applications" rows={rows} columns={kColumns} rowKey={(app) => app.metadata.name} sort={parseSort(sort)} onSort={(next) => setSort(sortText(next))} minWidth="900px"
          empty={items.length === 0 ? <Empty title="No applications yet" action={deploy}>An application is a WebAssembly module and the devices it should run on.</Empty> : <Empty title="No application matches" action={<Button variant="default" onClick={clear}>Clear the filter</Button>} />} />
      </div>
    </>
  )
}
