import { Button, Select } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useCan } from '@/api/hooks'
import type { Application, ApplicationRevision } from '@/api/types.gen'
import { describeRevision, isRollback } from '@/fleet/manifest'
import { yamlOf } from '@/pages/objects/yaml_panel'
import { Badge } from '@/ui/badge'
import { DiffBlock } from '@/ui/code'
import { ConfirmDialog, type Question } from '@/ui/confirm'
import { Card } from '@/ui/page'
import { bytesText } from '@/ui/quantity'
import { Empty } from '@/ui/states'
import { TimeAgo } from '@/ui/time'
import { toast } from '@/ui/toast'
import { useUrlText } from '@/ui/url_state'
import { useApplicationWrites } from './application_actions'

/** What each revision was, what changed between two, and going back to one. */
export function Revisions({ application, revisions }: { application: Application; revisions: ApplicationRevision[] }) {
  const mayPatch = useCan('applications', 'patch')
  const writes = useApplicationWrites(application)
  const [question, setQuestion] = useState<Question>()
  if (revisions.length === 0) return <Card><Empty title="No revisions yet">One is made when the application is accepted.</Empty></Card>
  const { stable, target } = application.status?.rollout ?? {}
  const goBack = (revision: ApplicationRevision) => setQuestion({
    title: `Go back to ${revision.metadata.name}?`, action: 'Go back',
    text: `${application.metadata.name} is set to what this revision runs, and is rolled out as a new revision by its plan.`,
    run: () => writes.goBackTo(revision).then(() => toast.done(`${application.metadata.name} goes back to ${revision.metadata.name}`)),
  })
  return (
    <div className="stack-lg">
      <Card title="Revisions" flush>
        <div className="scroll-x" tabIndex={0}><table className="plain">
          <thead><tr><th>Revision</th><th className="num">Sequence</th><th>Made</th><th>Module</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
          <tbody>
            {revisions.map((revision) => (
              <tr key={revision.metadata.name}>
                <td><span className="row"><span className="mono">{revision.metadata.name}</span>{revision.metadata.name === target && <Badge tone="info">Target</Badge>}{revision.metadata.name === stable && <Badge tone="ok">Stable</Badge>}{isRollback(revision) && <Badge tone="warn">Rollback</Badge>}</span></td>
                <td className="num">{revision.spec.sequence}</td>
                <td className="nowrap"><TimeAgo time={revision.metadata.creationTimestamp} /></td>
                <td>{bytesText(revision.spec.module.size)} <span className="mono dim">{revision.spec.module.sha256.slice(0, 12)}</span></td>
                <td className="num">{mayPatch && revision.metadata.name !== target && <Button size="compact-sm" variant="default" onClick={() => goBack(revision)}>Go back to this</Button>}</td>
              </tr>
            ))}
          </tbody>
        </table></div>
      </Card>
      {revisions.length > 1 && <Comparison revisions={revisions} />}
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </div>
  )
}

function Comparison({ revisions }: { revisions: ApplicationRevision[] }) {
  const [before, setBefore] = useUrlText('from', revisions[1]?.metadata.name)
  const [after, setAfter] = useUrlText('to', revisions[0]?.metadata.name)
  const names = revisions.map((revision) => revision.metadata.name)
  const text = useMemo(() => {
    const of = (name: string) => {
      const revision = revisions.find((entry) => entry.metadata.name === name)
      return revision ? yamlOf(describeRevision(revision)) : ''
    }
    return { before: of(before), after: of(after) }
  }, [revisions, before, after])
  return (
    <Card title="What changed" actions={<>
      <Select size="xs" aria-label="From revision" data={names} value={before} onChange={(value) => value && setBefore(value)} w={210} />
      <span>to</span>
      <Select size="xs" aria-label="To revision" data={names} value={after} onChange={(value) => value && setAfter(value)} w={210} />
    </>}>
      {text.before === text.after ? <p className="dim">Both run the same.</p> : <DiffBlock before={text.before} after={text.after} label="What changed" />}
    </Card>
  )
}
