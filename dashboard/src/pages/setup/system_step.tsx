import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useSystem } from '@/api/system'
import { bytesText } from '@/ui/quantity'
import { Failed, Loading } from '@/ui/states'
import { StepFrame } from './step_frame'

function Found({ state, children }: { state: 'ok' | 'warn' | 'bad'; children: ReactNode }) {
  const icon = state === 'ok' ? <IconCircleCheck size={18} className="text-ok" aria-label="Fine" /> : state === 'warn' ? <IconAlertTriangle size={18} className="text-warn" aria-label="Missing" /> : <IconCircleX size={18} className="text-bad" aria-label="Not working" />
  return <li>{icon}<span>{children}</span></li>
}

/** What is there: the roles of the platform, and the boards it can run here. */
export function SystemStep({ onNext }: { onNext: () => void }) {
  const { data, error, refetch } = useSystem()
  if (error && !data) return <StepFrame title="System"><Failed what="The system check did not answer" message={error.message} onRetry={() => void refetch()} /></StepFrame>
  if (!data) return <StepFrame title="System"><Loading what="Checking" /></StepFrame>
  const usable = data.boards.filter((board) => board.found)
  return (
    <StepFrame title="What is there" onNext={onNext}>
      <section className="stack">
        <h3>Platform, version {data.version}</h3>
        <ul className="found">{data.roles.map((role) => <Found key={`${role.role}/${role.instance}`} state={role.healthy ? 'ok' : role.healthy === null ? 'warn' : 'bad'}>{role.role}{!role.healthy && role.message && <div className="dim">{role.message}</div>}</Found>)}</ul>
      </section>
      <section className="stack">
        <h3>Boards that can be emulated here</h3>
        <ul className="found">
          {data.boards.map((board) => (
            <Found key={board.name} state={board.found ? 'ok' : 'warn'}>
              <strong>{board.name}</strong> <span className="dim">{board.kind === 'qemu' ? `${board.program}${board.version ? ` ${board.version}` : ''}` : 'a process on this machine'}</span>
              {!board.found && <div>{board.message || `needs ${board.program} ${board.minVersion ?? ''}`}</div>}
              {board.found && <div className="dim">{[board.flashBytes && `${bytesText(board.flashBytes)} for code`, board.ramBytes && `${bytesText(board.ramBytes)} RAM`, board.leds && `${board.leds} LEDs`].filter(Boolean).join(', ')}</div>}
            </Found>
          ))}
        </ul>
        {usable.length === 0 && <p className="text-warn">No board can be emulated. Real devices work all the same; for emulated ones install QEMU (the package qemu-system-arm).</p>}
      </section>
    </StepFrame>
  )
}
