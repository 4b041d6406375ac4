// What is known before anything is sent: the module against the platform, and against the devices that match.
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleX } from '@tabler/icons-react'
import { useMemo } from 'react'
import type { Device } from '@/api/types.gen'
import { fitOf } from '@/fleet/fit'
import { permissionProblem } from '@/fleet/permissions'
import { plural } from '@/ui/quantity'
import { moduleProblems } from '@/wasm/requirements'
import { type Draft, nameProblem } from './draft'
import type { ModuleReading } from './module_picker'
import { batchesOf } from './rollout_steps'

interface Check {
  /** todo: nobody has come to it yet. */
  level: 'ok' | 'warn' | 'bad' | 'todo'
  text: string
}

/** All checks, and whether any of them stands against sending. */
export function useChecks(draft: Draft, reading: ModuleReading, matching: Device[], takenNames: ReadonlySet<string>): { checks: Check[]; blocked: boolean } {
  return useMemo(() => {
    const checks: Check[] = []
    const bad = (text: string) => checks.push({ level: 'bad', text })
    const todo = (text: string) => checks.push({ level: 'todo', text })
    const name = nameProblem(draft.name)
    if (draft.name === '') todo('The application needs a name.')
    else if (name) bad(`Name: ${name}`)
    else if (takenNames.has(draft.name)) bad(`There is an application ${draft.name} already. Open it to give it a new module.`)
    if (!reading) todo('No module chosen yet.')
    else if ('problem' in reading) bad(reading.problem)
    else {
      const problems = moduleProblems(reading.info, draft.permissions, draft.memory)
      problems.forEach(bad)
      if (problems.length === 0) checks.push({ level: 'ok', text: 'Devices offer all it imports, and the permissions cover it.' })
    }
    draft.permissions.map(permissionProblem).forEach((problem) => problem && bad(problem))
    if (batchesOf(draft.batches, draft.before?.rollout?.batches).includes(undefined)) bad('A step of the rollout plan cannot be read.')
    if (draft.targetKind === 'names' && draft.deviceNames.length === 0) bad('No device chosen.')
    else checks.push(...fleetChecks(draft, reading, matching))
    return { checks, blocked: checks.some((check) => check.level === 'bad' || check.level === 'todo') }
  }, [draft, reading, matching, takenNames])
}

function fleetChecks(draft: Draft, reading: ModuleReading, matching: Device[]): Check[] {
  if (matching.length === 0) return [{ level: 'warn', text: 'No device matches now. It will start on devices that match later.' }]
  const fit = fitOf(matching, reading && 'info' in reading ? reading.info : undefined, draft.memory, draft.name)
  const checks: Check[] = fit.problems.map(({ text, devices }) => ({ level: 'warn', text: `${text}: ${devices.slice(0, 4).join(', ')}${devices.length > 4 ? ` and ${devices.length - 4} more` : ''}` }))
  if (fit.silent > 0) checks.push({ level: 'warn', text: `${plural(fit.silent, 'device')} never connected: what ${fit.silent === 1 ? 'it has' : 'they have'} is not known.` })
  if (fit.fitting > 0) checks.push({ level: 'ok', text: `${plural(fit.fitting, 'device')} of ${fit.matching} can take it; ${fit.connected} connected now.` })
  return checks
}

export function Checks({ checks }: { checks: Check[] }) {
  const icons = {
    ok: <IconCircleCheck size={17} className="text-ok" aria-label="Fine" />,
    warn: <IconAlertTriangle size={17} className="text-warn" aria-label="Look" />,
    bad: <IconCircleX size={17} className="text-bad" aria-label="To mend" />,
    todo: <IconCircleDashed size={17} className="dim" aria-label="To do" />,
  }
  return <ul className="checks">{checks.map((check, index) => <li key={index}>{icons[check.level]}<span>{check.text}</span></li>)}</ul>
}
