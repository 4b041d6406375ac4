// What can be done to an application and its rollout, each with what it will do.
import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router-dom'
import { useCan, useWrites } from '@/api/hooks'
import { kApplications } from '@/api/resources'
import type { Application, ApplicationRevision } from '@/api/types.gen'
import { kForceDeleteAnnotation } from '@/fleet/annotations'
import { runSpecOf } from '@/fleet/manifest'
import { replacementPatch } from '@/fleet/merge_patch'
import { rolloutView } from '@/fleet/rollout'
import { ConfirmDialog, type Question } from '@/ui/confirm'
import { toast } from '@/ui/toast'

/** The writes an operator makes on an application. Each throws ApiError. */
export function useApplicationWrites(application: Application) {
  const writes = useWrites(kApplications)
  const name = application.metadata.name
  const spec = (fields: Record<string, unknown>) => writes.patch(name, { spec: fields })
  return {
    pause: () => spec({ rollout: { paused: true } }),
    resume: () => spec({ rollout: { paused: null } }),
    approve: () => spec({ rollout: { approved: { revision: application.status?.rollout?.target, step: (application.status?.rollout?.step ?? 1) + 1 } } }),
    suspend: () => spec({ suspended: true }),
    unsuspend: () => spec({ suspended: null }),
    remove: () => writes.remove(name),
    removeWithoutWaiting: () => writes.patch(name, { metadata: { annotations: { [kForceDeleteAnnotation]: 'true' } } }),
    /** Makes what runs what the revision says; the target, the plan and the name stay. */
    goBackTo: (revision: ApplicationRevision) => spec(runPatch(application, revision)),
    /** There is no field that aborts a rollout: what runs is set back to the stable revision. A pause of the aborted rollout would hold up the next one. */
    abortTo: (stable: ApplicationRevision) => spec({ ...runPatch(application, stable), ...(application.spec.rollout?.paused && { rollout: { paused: null } }) }),
  }
}

function runPatch(application: Application, revision: ApplicationRevision): Record<string, unknown> {
  const wanted = runSpecOf(revision)
  const now = Object.fromEntries(Object.keys(wanted).map((key) => [key, application.spec[key as keyof typeof wanted]]))
  return replacementPatch(now, wanted) as Record<string, unknown>
}

export function ApplicationActions({ application, revisions }: { application: Application; revisions: ApplicationRevision[] }) {
  const navigate = useNavigate()
  const mayPatch = useCan('applications', 'patch')
  const mayDelete = useCan('applications', 'delete')
  const writes = useApplicationWrites(application)
  const [question, setQuestion] = useState<Question>()
  const name = application.metadata.name
  const view = rolloutView(application)
  const stable = revisions.find((revision) => revision.metadata.name === application.status?.rollout?.stable)
  const act = (what: string, run: () => Promise<unknown>) => void run().then(() => toast.done(what), (error: Error) => toast.failed(`${what}: failed`, error.message))
  if (!mayPatch && !mayDelete) return null
  return (
    <>
      {mayPatch && view.canApprove && <Button onClick={() => act(`Step ${(view.step ?? 1) + 1} of ${name} approved`, writes.approve)}>Approve next step</Button>}
      {mayPatch && view.canPause && view.state === 'Progressing' && <Button variant="default" onClick={() => act(`Rollout of ${name} paused`, writes.pause)}>Pause rollout</Button>}
      {mayPatch && view.canResume && <Button onClick={() => act(`Rollout of ${name} goes on`, writes.resume)}>Resume rollout</Button>}
      {mayPatch && <Button component={Link} to={`/applications/${name}/edit`} variant="default">New revision</Button>}
      <Menu>
        <Menu.Target><Button variant="default" rightSection={<IconChevronDown size={15} aria-hidden="true" />}>Actions</Button></Menu.Target>
        <Menu.Dropdown>
          {mayPatch && view.canAbort && stable && (
            <Menu.Item color="red" onClick={() => setQuestion({
              title: `Abort the rollout of ${name}?`, action: 'Abort rollout', dangerous: true,
              text: `The devices that have the new revision go back to ${stable.metadata.name}, and the application is set to what that revision runs.`,
              run: () => writes.abortTo(stable).then(() => toast.done(`${name} goes back to ${stable.metadata.name}`)),
            })}>Abort rollout</Menu.Item>
          )}
          {mayPatch && (application.spec.suspended
            ? <Menu.Item onClick={() => act(`${name} resumed`, writes.unsuspend)}>Resume</Menu.Item>
            : <Menu.Item onClick={() => setQuestion({
                title: `Suspend ${name}?`, action: 'Suspend', text: `${name} stays installed and is stopped on every device (${application.status?.desired ?? 0} now) until it is resumed.`,
                run: () => writes.suspend().then(() => toast.done(`${name} suspended`)),
              })}>Suspend</Menu.Item>)}
          {mayDelete && mayPatch && application.metadata.deletionTimestamp && (
            <Menu.Item color="red" onClick={() => setQuestion({
              title: `Delete ${name} without waiting?`, action: 'Delete without waiting', dangerous: true, typeToConfirm: name,
              text: `${name} is removed although not every device reported that it is gone there: on those it stays until they connect again.`,
              run: () => writes.removeWithoutWaiting().then(() => {
                toast.done(`${name} deleted without waiting`)
                navigate('/applications')
              }),
            })}>Delete without waiting</Menu.Item>
          )}
          {mayDelete && !application.metadata.deletionTimestamp && (
            <Menu.Item color="red" onClick={() => setQuestion({
              title: `Delete ${name}?`, action: 'Delete', dangerous: true, typeToConfirm: name,
              text: `${name} is stopped and removed on every device (${application.status?.desired ?? 0} now), with what it stored there and all its revisions. This cannot be undone.`,
              run: () => writes.remove().then(() => {
                toast.done(`${name} deleted`)
                navigate('/applications')
              }),
            })}>Delete</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </>
  )
}
