// From nothing to a program that runs on a board, in five steps; each is a URL, and each can be left out.
import { Stepper } from '@mantine/core'
import { useState } from 'react'
import { PageHead } from '@/ui/page'
import { useUrlText } from '@/ui/url_state'
import { ApplicationStep } from './application_step'
import { DevicesStep } from './devices_step'
import { DoneStep } from './done_step'
import { GatewaysStep } from './gateways_step'
import { SystemStep } from './system_step'

const kSteps = ['system', 'gateways', 'devices', 'application', 'done'] as const
type Step = (typeof kSteps)[number]

/** What this run of the wizard made. */
export interface Made {
  devices: string[]
  labels: string[]
  applications: string[]
}

export default function Setup() {
  const [step, setStep] = useUrlText('step', 'system')
  const [made, setMade] = useState<Made>({ devices: [], labels: [], applications: [] })
  const current = Math.max(0, kSteps.indexOf(step as Step))
  const next = () => setStep(kSteps[Math.min(current + 1, kSteps.length - 1)]!)
  const back = () => setStep(kSteps[Math.max(current - 1, 0)]!)
  return (
    <>
      <PageHead title="Setup" subtitle="From nothing to a program that runs on a board" />
      <Stepper active={current} onStepClick={(index) => setStep(kSteps[index]!)} size="sm" className="wizard">
        <Stepper.Step label="System" description="What is there"><SystemStep onNext={next} /></Stepper.Step>
        <Stepper.Step label="Gateways" description="Who holds devices"><GatewaysStep onNext={next} onBack={back} /></Stepper.Step>
        <Stepper.Step label="Devices" description="Boards, real or emulated"><DevicesStep made={made} onMade={(changes) => setMade({ ...made, ...changes })} onNext={next} onBack={back} /></Stepper.Step>
        <Stepper.Step label="Application" description="A first program"><ApplicationStep made={made} onMade={(changes) => setMade({ ...made, ...changes })} onNext={next} onBack={back} /></Stepper.Step>
        <Stepper.Step label="Done" description="What was made"><DoneStep made={made} onBack={back} /></Stepper.Step>
      </Stepper>
    </>
  )
}
